"""What the feed says besides last-known values: its own messages, and the cards of events and incidents."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from ioc.core.text import Text
from ioc.feed.subscription import Auth, Subscribe, Watch

LonLat = tuple[float, float]


class WardCard(msgspec.Struct, frozen=True, kw_only=True):
    """A ward with the day it began; codes came back with other meanings, so a code alone names nothing."""

    code: str
    name: str
    valid_from: str
    approximate: bool


class EventCard(msgspec.Struct, frozen=True, kw_only=True):
    """Topic `event`: what a screen shows of an event; nothing of the payload but its title and place."""

    id: str
    type: str
    module: str
    severity: Literal[1, 2, 3, 4, 5]
    title: Text
    lonlat: LonLat | None
    ward: WardCard | None
    place: str | None
    time: str
    simulated: bool
    correlation: str


class IncidentCard(msgspec.Struct, frozen=True, kw_only=True):
    """Topic `incident`: the case people work, whole, without the reference to the people in it.

    `lead` is the case it is shown beneath, where both tell of one happening; `joined` says who put it there."""

    id: str
    number: int
    kind: Literal["call", "report", "event"]
    status: Literal["new", "taken", "assigned", "closed"]
    priority: Literal[1, 2, 3, 4]
    severity: Literal[1, 2, 3, 4, 5]
    title: Text
    category: str
    module: str
    correlation: str
    source: str
    source_type: str
    opened: str
    updated: str
    lonlat: LonLat | None
    place: str | None
    ward: WardCard | None
    due: str | None
    owner: str | None
    assignee: str | None
    outcome: str | None
    simulated: bool
    exercise: bool
    version: int
    facts: dict[str, Any]
    dataclass: str
    lead: str | None = None
    joined: Literal["auto", "hand"] | None = None


class Hello(msgspec.Struct, frozen=True, kw_only=True):
    """`sys.hello`, first of all; `simulated` and `demo` mark a demonstration."""

    now: str
    build: str
    epoch: str
    city: str
    demo: bool
    simulated: bool


class Heartbeat(msgspec.Struct, frozen=True, kw_only=True):
    """`sys.hb`, once a second: the client has everything it may see up to the position `upto`. `store_away_s`: whole
    seconds since the database last answered, while it does not; what is shown is as old."""

    now: str
    build: str
    epoch: str
    upto: int
    store_away_s: int | None = None


class Subscribed(msgspec.Struct, frozen=True, kw_only=True):
    """`sys.subscribed`: whether the changes since the client's last `upto` follow, or snapshots."""

    recovered: bool
    epoch: str
    upto: int


class Lag(msgspec.Struct, frozen=True, kw_only=True):
    """`sys.lag`: last-known values were left out because the client is slow."""

    dropped: int


class FeedError(msgspec.Struct, frozen=True, kw_only=True):
    """`sys.error`: why the connection is about to close."""

    code: str
    vi: str
    en: str


DURABLE_CARDS: dict[str, type[msgspec.Struct]] = {"incident": IncidentCard, "event": EventCard}
SYSTEM_MESSAGES: dict[str, type[msgspec.Struct]] = {
    "sys.hello": Hello,
    "sys.subscribed": Subscribed,
    "sys.hb": Heartbeat,
    "sys.lag": Lag,
    "sys.error": FeedError,
}
CLIENT_MESSAGES: dict[str, type[msgspec.Struct]] = {"auth": Auth, "subscribe": Subscribe, "watch": Watch}
