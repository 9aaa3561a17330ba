"""What the notes say."""

from __future__ import annotations

from ioc.contract import Event


class Taken(Event, type="notes.note.taken", severity=1, key="where"):
    """A note came in. `sent` is when its sender began to send it, in seconds since 1970."""

    where: str
    number: int
    sent: float


class Seen(Event, type="notes.note.seen", severity=1, key="where"):
    """The effect of a note."""

    where: str
    number: int
    sent: float
