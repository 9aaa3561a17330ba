"""What each role sees, and the two small codings that accounts and keys share."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from ioc.contract.rights import Role
from ioc.core.dataclass import EVERYTHING, PUBLIC_ONLY, WALL, DataClass

CLASSES: dict[Role, frozenset[DataClass]] = {
    "anyone": PUBLIC_ONLY,
    "device": PUBLIC_ONLY,
    "wall": WALL,
    "operator": WALL | {DataClass.PERSONAL},
    "supervisor": EVERYTHING,
    "admin": EVERYTHING,
}
PEOPLE: frozenset[Role] = frozenset({"operator", "supervisor", "admin"})


def join_modules(modules: Iterable[str]) -> str:
    """Module names as one text."""
    return " ".join(sorted(modules))


def split_modules(text: str) -> frozenset[str]:
    """The module names of `join_modules`."""
    return frozenset(text.split())


def to_ms(at: datetime) -> int:
    """Whole milliseconds since 1970, UTC."""
    return int(at.timestamp() * 1000)


def from_ms(ms: int) -> datetime:
    """The UTC time of `to_ms`."""
    return datetime.fromtimestamp(ms / 1000, UTC)
