"""Who is connected: counted by address and by user, and handed what they are due."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from ioc.contract import Principal
from ioc.feed.options import Options
from ioc.feed.pictures import Shown
from ioc.feed.subscription import View
from ioc.feed.viewer import Viewer
from ioc.feed.wire import Change


@dataclass(slots=True)
class Crowd:
    """Live connections that are shown the same: whether an event is for them is asked once for all."""

    view: View
    viewers: set[Viewer] = field(default_factory=set)


class Audience:
    """Every connection; those that are `live` get the log's changes, those `watching` the last-known values."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._addresses: Counter[str] = Counter()
        self._users: Counter[str] = Counter()
        self._all: dict[Viewer, str] = {}  # and the user each was counted for
        self._live: dict[Viewer, Crowd] = {}
        self._crowds: dict[View, Crowd] = {}
        self._watching: set[Viewer] = set()

    def __len__(self) -> int:
        return len(self._all)

    def admit(self, address: str) -> bool:
        """Counts one more connection of an address; False when it has too many."""
        if self._addresses[address] >= self._options.per_address:
            return False
        self._addresses[address] += 1
        return True

    def forget(self, address: str) -> None:
        """One connection fewer of an address."""
        _less(self._addresses, address)

    def join(self, viewer: Viewer, principal: Principal) -> bool:
        """Counts a signed-in connection; False when its user has too many."""
        if self._users[principal.id] >= self._options.per_user:
            return False
        self._users[principal.id] += 1
        self._all[viewer] = principal.id
        return True

    def leave(self, viewer: Viewer) -> None:
        """A connection ends; harmless when it never joined."""
        self.pause(viewer)
        user = self._all.pop(viewer, None)
        if user is not None:
            _less(self._users, user)

    def pause(self, viewer: Viewer) -> None:
        """It gets nothing for now."""
        self._watching.discard(viewer)
        self._leave_crowd(viewer)

    def _leave_crowd(self, viewer: Viewer) -> None:
        crowd = self._live.pop(viewer, None)
        if crowd is not None:
            crowd.viewers.discard(viewer)
            if not crowd.viewers:
                del self._crowds[crowd.view]

    def go_live(self, viewer: Viewer, view: View) -> None:
        """From here on it is given the log's changes that may concern this view; it looks at each once more itself, for
        its rights may change."""
        self._leave_crowd(viewer)
        self._live[viewer] = crowd = self._crowds.setdefault(view, Crowd(view))
        crowd.viewers.add(viewer)

    def watch(self, viewer: Viewer) -> None:
        """From here on it is given last-known values."""
        self._watching.add(viewer)

    def is_live(self, viewer: Viewer) -> bool:
        """Whether it is given the log's changes as they come."""
        return viewer in self._live

    def all(self) -> tuple[Viewer, ...]:
        """Everyone who is signed in."""
        return tuple(self._all)

    def offer_live(self, change: Change) -> None:
        """Hands a change of the log to all who are live and whom it may concern; one of them may leave on the way."""
        for crowd in tuple(self._crowds.values()):
            if crowd.view.may_concern(change):
                for viewer in tuple(crowd.viewers):
                    viewer.offer(change)

    def offer_watching(self, change: Change) -> None:
        """Hands a last-known value to all who watch."""
        for viewer in tuple(self._watching):
            viewer.offer(change)

    def offer_picture(self, shown: Shown) -> None:
        """Hands a picture to all who watch."""
        for viewer in tuple(self._watching):
            viewer.offer_picture(shown)

    def watched(self) -> set[str]:
        """The cameras that somebody looks at closely."""
        return {viewer.watching for viewer in self._all if viewer.watching is not None}

    def alike(self) -> list[tuple[Viewer, ...]]:
        """Connections of one principal and credential together, so that rights are looked up once for all of them."""
        groups: defaultdict[tuple[object, ...], list[Viewer]] = defaultdict(list)
        for viewer in self._all:
            credential = viewer.token or viewer.headers.get("authorization") or viewer.headers.get("cookie")
            groups[viewer.principal, credential].append(viewer)
        return [tuple(viewers) for viewers in groups.values()]


def _less(counter: Counter[str], key: str) -> None:
    counter[key] -= 1
    if counter[key] <= 0:
        del counter[key]
