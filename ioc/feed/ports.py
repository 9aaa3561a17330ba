"""What the feed is given from outside: where events, last-known values and incidents come from, and who may look."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from ioc.bus import Frames
from ioc.contract import Principal

Headers = Mapping[str, str]  # of the handshake, names in lower case

# Who is asking, from the handshake's headers (a session cookie) or, where those say nothing, from a token.
Authenticate = Callable[[Headers, str | None], Awaitable[Principal | None]]

# The same question for a connection that is open: asked again and again, it must not count as activity.
# None once there are no rights (signed out, locked, role taken).
Recheck = Authenticate


class LogRow(Protocol):
    """One row of the event log as stored."""

    @property
    def position(self) -> int:
        """Place in the log."""
        ...

    @property
    def body(self) -> bytes:
        """The encoded envelope."""
        ...


# Batches of the log after a position, in order and without a gap, for ever.
Tail = Callable[[int], AsyncIterator[Sequence[LogRow]]]


class EventLog(Protocol):
    """The event log's table."""

    async def head(self) -> int:
        """The newest position, 0 when empty."""
        ...

    async def after(self, position: int, limit: int) -> Sequence[LogRow]:
        """Up to `limit` rows behind a position, oldest first."""
        ...

    async def query(
        self,
        *,
        modules: Sequence[str] | None = None,
        severity_min: int | None = None,
        classes: Sequence[str] | None = None,
        limit: int = 100,
        before_position: int | None = None,
    ) -> Sequence[LogRow]:
        """Events that match, newest first."""
        ...


class LatestRow(Protocol):
    """One last-known value as stored."""

    @property
    def topic(self) -> str:
        """`unit`, `module`, `kpi` or `kpi.<module>`."""
        ...

    @property
    def key(self) -> str:
        """The thing within the topic."""
        ...

    @property
    def ts(self) -> datetime:
        """The source's time."""
        ...

    @property
    def rt(self) -> datetime:
        """When we got it."""
        ...

    @property
    def body(self) -> bytes:
        """What the screen shows, as JSON."""
        ...

    @property
    def seq(self) -> int:
        """Grows with every change of any value."""
        ...


class LatestValues(Protocol):
    """The table of last-known values."""

    async def changed_since(self, seq: int) -> Sequence[LatestRow]:
        """Values written behind a sequence number; all of them behind 0."""
        ...


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """One incident's public view and the class of its data."""

    view: Mapping[str, Any]
    data_class: str


@dataclass(frozen=True, slots=True)
class IncidentPage:
    """The incidents a screen shows, and the log position up to which they are true."""

    position: int
    incidents: Sequence[IncidentRow]


# Reads incidents and the log's head in ONE read transaction, so that "changes since" joins without a seam.
ReadIncidents = Callable[[], Awaitable[IncidentPage]]


@dataclass(frozen=True, slots=True)
class Sources:
    """Everything the feed reads. `epoch` is the log's lifetime; `cameras` what the filters look at, by camera."""

    epoch: str
    log: EventLog
    tail: Tail
    latest: LatestValues
    incidents: ReadIncidents
    frames: Frames | None = None
    cameras: Mapping[str, Any] = field(default_factory=dict)
