"""A client as the hub sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ioc.contract import Principal
from ioc.feed.pictures import Shown
from ioc.feed.ports import Headers
from ioc.feed.refusals import Refusal
from ioc.feed.wire import Change


class Viewer(Protocol):
    """One connection."""

    principal: Principal | None
    headers: Headers
    token: str | None

    def offer(self, change: Change) -> None:
        """Hands it a change, which it shows, withdraws or passes over."""
        ...

    def offer_picture(self, shown: Shown) -> None:
        """Hands it a picture, which it shows or passes over."""
        ...

    @property
    def watching(self) -> str | None:
        """The camera it looks at closely, if it may."""
        ...

    @property
    def queued(self) -> int:
        """Bytes that wait for it."""
        ...

    def beat(self, beat_frame: Callable[[str, int], bytes]) -> None:
        """Sends a heartbeat, made for its epoch and the position up to which it has been given everything."""
        ...

    def change_rights(self, principal: Principal) -> None:
        """What its principal may see has changed."""
        ...

    def start_over(self) -> None:
        """What follows cannot be joined to what it was given: it gets snapshots anew."""
        ...

    def refuse(self, refusal: Refusal) -> None:
        """Ends it."""
        ...
