"""Sees which events want pictures of a camera as evidence, once each, and says so where nobody makes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from ioc.city.camera_class import class_of
from ioc.contract import Log
from ioc.core.clock import Clock, parse_time
from ioc.core.dataclass import DataClass
from ioc.core.envelope import Envelope, Recorded
from ioc.core.text import Text
from ioc.host.discovery import ModuleSpec
from ioc.host.event_classes import event_classes
from ioc.host.steps import Effects
from ioc.store import Transaction
from ioc.store.evidence import Wanted, want
from ioc.store.evidence_bounds import Bounds, left_out

CONSUMER = "evidence"
LATE = timedelta(minutes=5)  # the pictures of an event that is read later are no longer in any ring
OLD = timedelta(days=1)  # what is older was told before there was evidence, or in a long outage
UNMADE_AFTER = timedelta(minutes=5)  # until it is said that nobody made a wanted evidence
TOO_LATE = Text(
    "Sự kiện được đọc quá muộn, hình không còn", "The event was read too late, its pictures are no longer there"
)
UNMADE = Text(
    "Không tiến trình nào nhận camera này trong lúc ấy", "No process took this camera's pictures at that time"
)


class EvidenceClerk:
    """The step of a follower: a row for each event of these types whose field names one of the city's cameras.

    `fields` is the name of that field by type; `cameras` gives the cameras with the class of their data, `bounds` of
    how many events pictures are kept at a time.
    """

    def __init__(
        self,
        fields: Mapping[str, str],
        cameras: Callable[[], Mapping[str, DataClass]],
        bounds: Callable[[datetime], Bounds],
        clock: Clock,
    ) -> None:
        self._fields, self._cameras, self._bounds, self._clock = fields, cameras, bounds, clock

    def wants(self, envelope: Envelope) -> bool:
        """See Step."""
        return self._camera(envelope) is not None and self._clock.now() - envelope.recordedtime < OLD

    async def prepare(self, events: Sequence[Recorded]) -> Effects:
        """See Step."""
        now, cameras = self._clock.now(), self._cameras()
        bounds = self._bounds(now)
        wanted = [
            (_wanted(one.envelope, camera, cameras), now - one.envelope.recordedtime > LATE)
            for one in events
            if (camera := self._camera(one.envelope)) is not None
        ]

        def effects(tx: Transaction) -> None:
            for one, late in wanted:
                want(tx, one, TOO_LATE if late else left_out(tx.connection, one, bounds))

        return effects

    def forget(self) -> None:
        """See Step; nothing is remembered."""

    def _camera(self, envelope: Envelope) -> str | None:
        named = envelope.data.get(self._fields.get(envelope.type, ""))
        return named if isinstance(named, str) and named in self._cameras() else None


def evidence_fields(specs: Iterable[ModuleSpec], log: Log) -> dict[str, str]:
    """By type of event the name of the field that holds the camera, where a module says that evidence is wanted. One
    whose code cannot be read is its own process's trouble, and no camera's."""
    found: dict[str, str] = {}
    for spec in specs:
        try:
            found |= {kind.declared.name: kind.declared.evidence for kind in event_classes(spec)}
        except Exception as error:
            log.warning("a module's events are not known", module=spec.name, error=type(error).__name__)
    return {type_: field for type_, field in found.items() if field}


def _wanted(envelope: Envelope, camera: str, cameras: Mapping[str, DataClass]) -> Wanted:
    return Wanted(
        event=envelope.id,
        camera=camera,
        type=envelope.type,
        module=envelope.module,
        correlation=envelope.correlationid,
        dataclass=_class_of(envelope, camera, cameras),
        simulated=envelope.simulated,
        at=envelope.time,
        since=_time(envelope.data.get("since")),
    )


def _class_of(envelope: Envelope, camera: str, cameras: Mapping[str, DataClass]) -> DataClass:
    """That of the event or of the camera, the stricter one, and never public: people may be seen."""
    try:
        told = DataClass(envelope.dataclass)
    except ValueError:  # a word of a newer build
        told = DataClass.SECURITY
    return class_of(camera, cameras, DataClass.INTERNAL if told is DataClass.PUBLIC else told)


def _time(value: Any) -> datetime | None:
    try:
        return parse_time(value) if isinstance(value, str) else None
    except ValueError:
        return None
