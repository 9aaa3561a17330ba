"""Why something was refused, in Vietnamese and English, as plain data."""

from __future__ import annotations

from typing import NamedTuple


class Words(NamedTuple):
    """The same words in both languages."""

    vi: str
    en: str

    def say(self, language: str) -> str:
        """The words in one language; anything but `en` is answered in Vietnamese."""
        return self.en if language == "en" else self.vi


class Reason(NamedTuple):
    """One thing that is wrong. `code` is a stable kebab-case word, `field` what it is about (may be empty)."""

    code: str
    vi: str
    en: str
    field: str = ""


class Refused(ValueError):
    """Input that cannot be used; carries every reason found."""

    def __init__(self, *reasons: Reason) -> None:
        super().__init__("; ".join(reason.en for reason in reasons))
        self.reasons = reasons

    @property
    def reason(self) -> Reason:
        """The first of the reasons, for those who show one."""
        return self.reasons[0]
