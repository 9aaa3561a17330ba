"""What a client says and asks to see, and whether a thing is to be shown to it."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from ioc.contract import Principal
from ioc.core.place import plausible
from ioc.feed.refusals import BAD_MESSAGE, Refused
from ioc.feed.wire import EVENT, Change, Scope

Topic = Literal["incident", "event", "unit", "kpi", "module", "seg", "cam", "source", "frame"]
Short = Annotated[str, msgspec.Meta(max_length=64)]
Degrees = Annotated[float, msgspec.Meta(ge=-180, le=180)]


class Auth(msgspec.Struct, tag_field="op", tag="auth", forbid_unknown_fields=True, frozen=True):
    """Says who the client is, where no cookie did."""

    token: Annotated[str, msgspec.Meta(max_length=4096)]


class Subscribe(msgspec.Struct, tag_field="op", tag="subscribe", forbid_unknown_fields=True, frozen=True):
    """Asks for topics. `bbox` is west, south, east, north in degrees; `severity` the least wanted.

    `epoch` and `since` ask to go on from the last `upto`, which is only sound with the same filters as before.
    """

    topics: Annotated[list[Topic], msgspec.Meta(min_length=1, max_length=16)]
    bbox: tuple[Degrees, Degrees, Degrees, Degrees] | None = None
    modules: Annotated[list[Short], msgspec.Meta(max_length=64)] | None = None
    severity: Annotated[int, msgspec.Meta(ge=1, le=5)] | None = None
    epoch: Short | None = None
    since: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)] | None = None


class Watch(msgspec.Struct, tag_field="op", tag="watch", forbid_unknown_fields=True, frozen=True):
    """Asks for more pictures of one camera, or (null) of none: of those the topic `frame` brings."""

    camera: Short | None = None


_decoder: msgspec.json.Decoder[Auth | Subscribe | Watch] = msgspec.json.Decoder(Auth | Subscribe | Watch)


def parse(text: bytes) -> Auth | Subscribe | Watch:
    """A client's message.

    Raises:
        Refused: it is none of those above (4400).
    """
    try:
        message = _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Refused(BAD_MESSAGE) from None
    if isinstance(message, Subscribe) and message.bbox is not None:
        west, south, east, north = message.bbox
        if west > east or south > north or not plausible(east, north) or not plausible(west, south):
            raise Refused(BAD_MESSAGE)
    return message


class View:
    """What one client is shown: what it asked for, within what its principal may see."""

    __slots__ = ("bbox", "classes", "modules", "owners", "severity", "topics")

    def __init__(self, wanted: Subscribe, principal: Principal) -> None:
        self.topics: frozenset[str] = frozenset(wanted.topics)
        self.bbox = wanted.bbox
        self.modules = None if wanted.modules is None else frozenset(wanted.modules)
        self.severity = wanted.severity
        self.classes = principal.classes
        self.owners = principal.modules

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for clients that are shown the same."""
        return (self.bbox, self.modules, self.severity, self.classes, self.owners)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, View) and (self.topics, self.key) == (other.topics, other.key)

    def __hash__(self) -> int:
        return hash((self.topics, self.key))

    def may_concern(self, change: Change) -> bool:
        """False for what needs no further look: nothing is told of an event that is not shown, but other things that
        are not shown any more have to be taken off the screen."""
        return change.topic in self.topics and (change.topic != EVENT or self.shows(change.scope))

    def permits(self, scope: Scope) -> bool:
        """Whether the principal may know of it at all."""
        if scope.data_class not in self.classes:
            return False
        return not self.owners or scope.owner is None or scope.owner in self.owners

    def shows(self, scope: Scope) -> bool:
        """Whether it is permitted and asked for. What has no place is shown in every box: it may be there."""
        if not self.permits(scope):
            return False
        if self.severity is not None and scope.severity is not None and scope.severity < self.severity:
            return False
        if self.modules is not None and scope.module is not None and scope.module not in self.modules:
            return False
        return self.bbox is None or scope.lonlat is None or _inside(self.bbox, scope.lonlat)


def _inside(bbox: tuple[float, float, float, float], lonlat: tuple[float, float]) -> bool:
    west, south, east, north = bbox
    return west <= lonlat[0] <= east and south <= lonlat[1] <= north
