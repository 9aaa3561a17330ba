"""The module's word lists: data files a city may read and amend, loaded once."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

HOME = Path(__file__).parent / "words"


@cache
def wordlist(name: str) -> dict[str, Any]:
    """The tables of `words/<name>.toml`."""
    return tomllib.loads((HOME / f"{name}.toml").read_text(encoding="utf-8"))
