"""From recorded events and last-known values to frames: pure, each frame made once for all clients."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from websockets.frames import Frame, Opcode

from ioc.city.camera_class import class_of
from ioc.core.clock import iso
from ioc.core.dataclass import DataClass
from ioc.core.envelope import Envelope, Recorded
from ioc.core.place import plausible
from ioc.feed.ports import IncidentRow, LatestRow

LonLat = tuple[float, float]
INCIDENT, EVENT, UNIT, KPI, MODULE = "incident", "event", "unit", "kpi", "module"
SEGMENT, CAMERA, SOURCE = "seg", "cam", "source"
FRAME = "frame"  # pictures: binary, never kept
CAMERA_OWNER = "camera"  # whose the cameras are, as a module's name says of other things
DURABLE = (INCIDENT, EVENT)
LAST_KNOWN = (UNIT, KPI, MODULE, SEGMENT, CAMERA, SOURCE)

_encode = msgspec.json.Encoder().encode
_CLASSES = frozenset(c.value for c in DataClass)


class Scope(msgspec.Struct, frozen=True):
    """What the filters look at. `module` is what the client filters by, `owner` whose data it is;
    None means the filter does not apply (an indicator has no place, a unit no severity)."""

    data_class: DataClass
    module: str | None = None
    owner: str | None = None
    severity: int | None = None
    lonlat: LonLat | None = None


class Change:
    """One change of one thing: its scope for filters and its frame for the wire. `born` marks a key's first one."""

    __slots__ = ("_gone", "at", "body", "born", "frame", "key", "position", "scope", "topic", "ts", "withdrawn")

    def __init__(
        self,
        topic: str,
        key: str,
        scope: Scope,
        d: Mapping[str, Any],
        *,
        ts: str,
        rt: str,
        at: datetime | None = None,
        position: int | None = None,
        born: bool = False,
    ) -> None:
        self.topic, self.key, self.scope, self.position = topic, key, scope, position
        self.ts, self.at, self.born = ts, at, born
        self.withdrawn = False  # it is no more, whoever looks
        self.body = _encode(d)
        head: dict[str, Any] = {"t": topic, "k": key, "op": "put"}
        if position is not None:
            head["position"] = position
        self.frame = frame({**head, "ts": ts, "rt": rt, "d": msgspec.Raw(self.body)})
        self._gone: bytes | None = None

    @property
    def gone(self) -> bytes:
        """The frame that takes this thing off the screens of those who no longer see it."""
        if self._gone is None:
            head: dict[str, Any] = {"t": self.topic, "k": self.key, "op": "del"}
            if self.position is not None:
                head["position"] = self.position
            self._gone = frame({**head, "ts": self.ts, "d": {}})
        return self._gone

    @property
    def item(self) -> bytes:
        """The thing as one element of a snapshot."""
        return _item(self.key, self.ts, self.body)


class Item:
    """One element of a snapshot with the scope that filters look at."""

    __slots__ = ("body", "key", "scope")

    def __init__(self, key: str, scope: Scope, body: bytes) -> None:
        self.key, self.scope, self.body = key, scope, body


def frame(message: Mapping[str, Any]) -> bytes:
    """A message as one unmasked text frame, ready to be written to any client."""
    return text_frame(_encode(message))


def text_frame(payload: bytes) -> bytes:
    """JSON text as one unmasked frame."""
    return Frame(Opcode.TEXT, payload).serialize(mask=False)


def snap_frame(topic: str, items: Iterable[bytes]) -> bytes:
    """A topic's snapshot from elements that are encoded already."""
    return text_frame(b'{"t":"%s","op":"snap","d":[%s]}' % (topic.encode(), b",".join(items)))


def changes(recorded: Recorded) -> tuple[Change, ...]:
    """What one recorded event changes on the screens: the event itself and, if it tells of one, an incident."""
    event = _event_change(recorded)
    view = _incident_view(recorded.envelope)
    return (event,) if view is None else (_incident_change(recorded, view), event)


def _event_change(recorded: Recorded) -> Change:
    e = recorded.envelope
    view = _incident_view(e)
    scope = Scope(
        data_class=data_class(e.dataclass),
        module=e.module,
        owner=_word(view.get("module")) if view else e.module,
        severity=e.severity,
        lonlat=_lonlat(e),
    )
    return Change(EVENT, e.id, scope, event_view(e), ts=iso(e.time), rt=iso(e.recordedtime), position=recorded.position)


def event_item(recorded: Recorded) -> Item:
    """An event as an element of a snapshot."""
    change = _event_change(recorded)
    return Item(change.key, change.scope, change.item)


def event_view(e: Envelope) -> dict[str, Any]:
    """What a screen shows of an event; nothing of the payload but its title and place."""
    title = e.data.get("title")
    place = e.data.get("place")
    return {
        "id": e.id,
        "type": e.type,
        "module": e.module,
        "severity": e.severity,
        "title": title if isinstance(title, dict) else {"vi": e.type, "en": e.type},
        "lonlat": _lonlat(e),
        "ward": e.data.get("ward"),
        "place": place if isinstance(place, str) else None,
        "time": iso(e.time),
        "simulated": e.simulated,
        "correlation": e.correlationid,
    }


def _incident_view(e: Envelope) -> dict[str, Any] | None:
    if e.module != "desk" or not e.type.startswith("incident."):
        return None
    view = e.data.get("incident")
    return view if isinstance(view, dict) and isinstance(view.get("id"), str) else None


def _incident_change(recorded: Recorded, view: Mapping[str, Any]) -> Change:
    e = recorded.envelope
    return Change(
        INCIDENT,
        view["id"],
        _incident_scope(view, e.dataclass),
        public_view(view),
        ts=_updated(view, iso(e.time)),
        rt=iso(e.recordedtime),
        position=recorded.position,
        born=e.type == "incident.opened",
    )


def incident_item(row: IncidentRow) -> Item:
    """An incident as an element of a snapshot."""
    key = row.view["id"]
    body = _item(key, _updated(row.view, ""), _encode(public_view(row.view)))
    return Item(key, _incident_scope(row.view, row.data_class), body)


def public_view(view: Mapping[str, Any]) -> dict[str, Any]:
    """An incident without the reference to the people in it."""
    return {name: value for name, value in view.items() if name != "personal"}


def _incident_scope(view: Mapping[str, Any], marked: str) -> Scope:
    module, severity = _word(view.get("module")), view.get("severity")
    return Scope(
        data_class=data_class(marked),
        module=module,
        owner=module,
        severity=severity if isinstance(severity, int) else None,
        lonlat=_point(view.get("lonlat")),
    )


def _updated(view: Mapping[str, Any], otherwise: str) -> str:
    updated = view.get("updated") or view.get("opened")
    return updated if isinstance(updated, str) else otherwise


def latest_change(row: LatestRow, cameras: Mapping[str, DataClass]) -> Change | None:
    """A last-known value for the screens; None when its topic is none of ours.

    A body may say its own `dataclass`; unmarked values are internal: they reach walls, but no anonymous screen. What
    names one of `cameras` is never of a looser class than the camera.
    """
    topic, _, rest = row.topic.partition(".")
    if topic not in LAST_KNOWN:
        return None
    key = f"{rest}.{row.key}" if rest else row.key
    body: dict[str, Any] = msgspec.json.decode(row.body)
    marked = data_class(body.pop("dataclass", DataClass.INTERNAL))
    module = key if topic == MODULE else _word(body.get("module"))
    scope = Scope(
        data_class=class_of(key, cameras, otherwise=marked),
        module=module,
        owner=module,
        lonlat=_point(body.get("lonlat")),
    )
    return Change(topic, key, scope, body, ts=iso(row.ts), rt=iso(row.rt), at=row.ts)


def data_class(marked: object) -> DataClass:
    """The class a thing is marked with; a word this build does not know counts as the strictest."""
    return DataClass(marked) if isinstance(marked, str) and marked in _CLASSES else DataClass.SECURITY


def _word(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _item(key: str, ts: str, body: bytes) -> bytes:
    return _encode({"k": key, "ts": ts, "d": msgspec.Raw(body)})


def _lonlat(e: Envelope) -> LonLat | None:
    geometry = e.data.get("geometry")
    if isinstance(geometry, dict) and geometry.get("type") == "Point":
        return _point(geometry.get("coordinates"))
    return None


def _point(value: object) -> LonLat | None:
    if not isinstance(value, list | tuple) or len(value) < 2:
        return None
    lon, lat = value[:2]
    if not isinstance(lon, int | float) or not isinstance(lat, int | float) or not plausible(lon, lat):
        return None
    return float(lon), float(lat)
