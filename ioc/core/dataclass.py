"""The four classes of data, and nothing finer: one filter serves HTTP, feed, OGC and tiles."""

from __future__ import annotations

from enum import StrEnum


class DataClass(StrEnum):
    """Who may see it. `personal` and `security` never reach a wall."""

    PUBLIC = "public"
    INTERNAL = "internal"
    PERSONAL = "personal"
    SECURITY = "security"


PUBLIC_ONLY = frozenset({DataClass.PUBLIC})
WALL = frozenset({DataClass.PUBLIC, DataClass.INTERNAL})
EVERYTHING = frozenset(DataClass)
