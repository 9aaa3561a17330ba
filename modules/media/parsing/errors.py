"""Why a feed cannot be read."""

from __future__ import annotations

from ioc.core.text import Text


class BadFeed(Exception):
    """The content is no feed that may be read; `text` says why in both languages."""

    def __init__(self, vi: str, en: str) -> None:
        self.text = Text(vi, en)
        super().__init__(en)
