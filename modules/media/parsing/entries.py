"""An item as a feed gives it, before anything is made of it."""

from __future__ import annotations

import msgspec


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """Texts as they came: markup, entities, any length."""

    guid: str | None
    link: str | None
    title: str
    summary: str
    published: str | None
