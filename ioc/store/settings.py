"""What a process must know to open the city's store."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Where the store is and how long to wait for it.

    `url` is `sqlite:////absolute/path.db` or `postgresql://user@host:port/name`. `state_dir` is a folder shared by
    the city's processes on this machine. `key` is the 32-byte master key of the personal data. Times in seconds.
    """

    url: str
    city: str
    state_dir: Path
    key: bytes = field(repr=False)
    readers: int = 4
    pool_wait_s: float = 2.0
    read_limit_s: float = 5.0
    write_limit_s: float = 3.0
    queue_limit: int = 10_000

    def __post_init__(self) -> None:
        if len(self.key) != KEY_BYTES:
            raise ValueError(f"the master key has {KEY_BYTES} bytes, not {len(self.key)}")
