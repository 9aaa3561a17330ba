"""Seeded bugs of the feed, each of a kind that real systems had."""

from __future__ import annotations

from types import ModuleType
from typing import Any

TOO_HIGH = 3


def _boundless(outbox: ModuleType) -> None:
    """All that a client does not take is kept for it."""
    outbox.Outbox._room = lambda self, size: True


def _patient(keepalive: ModuleType) -> None:
    """And nobody is ever given up."""
    for name in ("start", "paused"):
        setattr(keepalive.Keepalive, name, lambda self: None)


def _gap(hub: ModuleType) -> None:
    """Going on begins one too late."""
    replay = hub.Hub.replay

    async def without_the_first(self: Any, position: int) -> Any:
        steps = list(await replay(self, position))
        return [(steps[0][0], ()), *steps[1:]]

    hub.Hub.replay = without_the_first


def _upto_too_high(session: ModuleType) -> None:
    """What is about to be handed out counts as handed out."""
    beat = session.Session.beat

    def early(self: Any, beat_frame: Any) -> None:
        beat(self, lambda epoch, upto: beat_frame(epoch, upto + TOO_HIGH))

    session.Session.beat = early


CHANGES = {
    "unbounded-queue": {"ioc.feed.outbox": _boundless, "ioc.feed.keepalive": _patient},
    "resume-gap": {"ioc.feed.hub": _gap},
    "upto-too-high": {"ioc.feed.session": _upto_too_high},
}
