"""Tells an outage of the store from one that only the work at hand meets, again and again."""

from __future__ import annotations

from ioc.store import Blocked, StoreUnavailable, TookTooLong

RETRY_S = 0.2
BLOCKED_S = 2.0  # each try waits for what is not to be had, and the whole city behind it
IN_VAIN = 3  # so often in a row at one place, though the store took a commit and answered a question each time before


def pause_s(error: BaseException) -> float:
    """Seconds until the store is asked again after it did not answer."""
    return BLOCKED_S if isinstance(error, Blocked) else RETRY_S


class OwnOutages:
    """Counts the outages of one consumer since it last got on.

    A database says of much that it is away or has too little of something, and mostly means itself: then it is waited
    for. Where it does all else that is asked of it, the work is at fault, and is looked for like what ends a process.
    """

    def __init__(self) -> None:
        self._well = False
        self._place: object = None
        self._count = 0
        self.met = ""  # why the store did not answer, where that was the work's own doing the last time

    def answered(self) -> None:
        """The store has just done what the consumer asked before it began to work."""
        self._well = True

    def are_its_own(self, error: BaseException, place: object) -> bool:
        """Whether the work behind `place`, which the consumer has got to, is what brings the outages about."""
        well, self._well, self.met = self._well, False, ""
        if isinstance(error, TookTooLong):  # the writer knows it already
            return True
        if not well or not isinstance(error, StoreUnavailable) or isinstance(error, Blocked):
            self._count = 0
            return False
        self._count = self._count + 1 if place == self._place else 1
        self._place = place
        if self._count < IN_VAIN:
            return False
        self.met = error.reason
        return True
