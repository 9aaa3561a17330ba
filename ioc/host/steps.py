"""What a consumer does with events, and how it says which of them it failed on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from ioc.core.envelope import Envelope, Recorded
from ioc.store import Transaction

Effects = Callable[[Transaction], None]


class Step(Protocol):
    """What a consumer does with events; the follower owns order, cursor and failures."""

    def wants(self, envelope: Envelope) -> bool:
        """Whether the event concerns this consumer at all."""
        ...

    async def prepare(self, events: Sequence[Recorded]) -> Effects:
        """Runs the logic with no transaction open and returns what is to be written with the cursor.

        Raises:
            FailedOn: which event it failed on, where it knows; its cause is the fault itself.
        """
        ...

    def forget(self) -> None:
        """Drops anything remembered from a prepare whose commit did not happen."""
        ...


class FailedOn(Exception):
    """The logic failed on the event at this position of the log; `__cause__` says how."""

    def __init__(self, position: int) -> None:
        super().__init__(f"failed on {position}")
        self.position = position


def fault_of(error: Exception) -> Exception:
    """The fault itself, without the word on which event it was."""
    cause = error.__cause__
    return cause if isinstance(error, FailedOn) and isinstance(cause, Exception) else error
