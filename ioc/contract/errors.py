"""The three errors a module may raise; anything else is a module fault."""

from __future__ import annotations

from ioc.core.text import Text


class SourceUnavailable(Exception):
    """The outside does not answer; becomes state with an age, and is retried. `text` says why in both languages."""

    def __init__(self, reason: str | Text = "") -> None:
        self.text = reason if isinstance(reason, Text) else Text(reason, reason)
        super().__init__(self.text.en)


class BadReading(Exception):
    """One reading cannot be used; it is counted and left out, its neighbours go on."""


class NotConfigured(Exception):
    """The city has not set up what this needs; `text` says what is missing, in both languages."""

    def __init__(self, reason: str | Text = "") -> None:
        self.text = reason if isinstance(reason, Text) else Text(reason, reason)
        super().__init__(self.text.en)
