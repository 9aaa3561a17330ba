"""`feed.md`: the WebSocket's messages, with examples made by the code that makes the real ones."""

from __future__ import annotations

import inspect
import json
from datetime import UTC, datetime
from typing import Any, get_args

import msgspec

from ioc.cli.reference.markdown import code, head, table
from ioc.cli.reference.types import json_type
from ioc.contract import Latest
from ioc.core.envelope import Envelope, Recorded
from ioc.feed import refusals
from ioc.feed.options import Options
from ioc.feed.subscription import Auth, Subscribe, Topic, Watch
from ioc.feed.wire import DURABLE, LAST_KNOWN, Change, changes, latest_change
from ioc.store.latest import LatestRow

_AT = datetime(2026, 11, 21, 13, 24, 5, 120000, UTC)
_TOPICS = {
    "incident": "the case people work, whole; key: the incident's id",
    "event": "what modules and the desk say; key: the event's id",
    "unit": "where a unit is and what it does; key: the unit's id",
    "kpi": "an indicator; key: `<module>.<name>`",
    "module": "how a module is; key: its name",
    "seg": "how a road segment runs; key: its id",
    "cam": "whether a camera sees; key: its id",
    "source": "something a module listens to; key: `<owner>:<key>`",
    "frame": "a camera's newest picture, as a binary message",
}
_LIMITS = {
    "max_message": "bytes a client's message may have",
    "queue_bytes": "bytes that may wait for one client",
    "queue_messages": "messages that may wait for one client",
    "auth_s": "seconds to sign in",
    "beat_s": "seconds between heartbeats",
    "ping_s": "seconds without a sign of life (a pong, or waiting data taken) until a ping is sent",
    "pong_s": "seconds from then until the client is closed",
    "rights_s": "seconds until a change of rights counts",
    "per_address": "connections of one address",
    "per_user": "connections of one account or key",
    "resume_limit": "positions behind, beyond which a snapshot is sent instead",
    "newest_events": "events in a snapshot",
}


def page() -> str:
    """Messages of both sides, topics, refusals and limits."""
    return "\n".join(
        [
            head(
                "The feed",
                "A WebSocket at `/feed` on the API's port; every message is one JSON text frame. A browser signs in "
                "by its session cookie, a wall by its key in the first message. Devices are refused, and nobody is "
                "sent what their class of data does not include.",
            ),
            _client(),
            _server(),
            _topics(),
            _pictures(),
            _going_on(),
            _refusals(),
            _limits(),
        ]
    )


def _client() -> str:
    parts = ["## What a client says\n"]
    for kind, example in (
        (Auth, {"op": "auth", "token": "eyJhbGciOi…"}),
        (Subscribe, {"op": "subscribe", "topics": ["incident", "event"], "severity": 2}),
        (Watch, {"op": "watch", "camera": "cam-01"}),
    ):
        fields = msgspec.structs.fields(kind)
        rows = ((code(one.name), _kind(one), "needed" if one.required else "may be left out") for one in fields)
        parts += [f"{inspect.getdoc(kind)}\n", _block(example), table(("field", "holds", ""), rows)]
    return "\n".join(parts)


def _kind(field: msgspec.structs.FieldInfo) -> str:
    return "list of topics" if field.name == "topics" else json_type(field.type)


def _server() -> str:
    event = Recorded(4210, _event())
    rows: list[tuple[dict[str, Any], str]] = [
        ({"t": "sys.hello", "d": _hello()}, "First of all; `simulated` and `demo` mark a demonstration"),
        (
            {"t": "sys.subscribed", "d": {"recovered": False, "epoch": "9f3c…", "upto": 4209}},
            "The answer to `subscribe`",
        ),
        ({"t": "event", "op": "snap", "d": [{"k": "…", "ts": "…", "d": {}}]}, "Unless recovered, one for each topic"),
        *((_message(change), "A change of a durable topic") for change in changes(event)),
        (_message(_unit()), "A change of a last-known topic, which has no `position`"),
        ({"t": "unit", "k": "…", "op": "del", "ts": "…", "d": {}}, "The client no longer sees this key"),
        ({"t": "sys.hb", "d": {"now": "…", "build": "0.1.0", "epoch": "9f3c…", "upto": 4210}}, "Once a second"),
        ({"t": "sys.lag", "d": {"dropped": 12}}, "Last-known values were left out because the client is slow"),
        ({"t": "sys.error", "d": {"code": "…", "vi": "…", "en": "…"}}, "Why the connection is about to close"),
    ]
    parts = ["## What the server says\n"]
    for message, meaning in rows:
        parts += [f"{meaning}:\n", _block(message)]
    return "\n".join(parts)


def _hello() -> dict[str, Any]:
    said = {"now": "2026-11-21T13:24:05.120Z", "build": "0.1.0", "epoch": "9f3c…", "city": "thanh-hoa"}
    return said | {"demo": True, "simulated": True}


def _event() -> Envelope:
    title = {"vi": "Phản ánh mới: Ngập nước, thoát nước", "en": "New report: Flooding, drainage"}
    return Envelope(
        id="019aa6d2-0d10-7c11-9b5e-0d6b6a3c1f42",
        source="/thanh-hoa/citizen",
        type="citizen.report.received",
        time=_AT,
        recordedtime=_AT,
        city="thanh-hoa",
        module="citizen",
        partitionkey="019aa6d2-0d0f-7a43-8f5c-2f7d9a1e6b30",
        correlationid="019aa6d2-0d0f-7a43-8f5c-2f7d9a1e6b30",
        data={
            "title": title,
            "geometry": {"type": "Point", "coordinates": [105.776, 19.807]},
            "ward": {"code": "14797", "name": "Phường Hạc Thành", "valid_from": "2025-07-01", "approximate": True},
        },
    )


def _unit() -> Change:
    body: dict[str, object] = {
        "id": "TH-115-02",
        "name": "Xe cấp cứu 2",
        "kind": "ambulance",
        "service": "115",
        "state": "available",
    }
    body |= {"lonlat": [105.78, 19.81], "fix_ts": "2026-11-21T13:24:05.120Z", "simulated": True}
    said = Latest("unit", "TH-115-02", body, _AT)
    row = LatestRow(said.topic, said.key, _AT, _AT, msgspec.json.encode(said.body), 1)
    change = latest_change(row, {})
    assert change is not None  # noqa: S101 - `unit` is a topic
    return change


def _message(change: Change) -> dict[str, Any]:
    payload = change.frame[change.frame.index(b"{") :]  # what precedes it is the frame's own head
    found: dict[str, Any] = json.loads(payload)
    return found


def _topics() -> str:
    rows = ((code(topic), _TOPICS[topic], _lasting(topic)) for topic in get_args(Topic))
    return (
        "## Topics\n\n"
        + table(("topic", "what", "kind"), rows)
        + "\nA change of a durable topic carries its `position` in the log. A last-known value has no number: of two "
        "messages with one key the one with the newer `ts` wins, whichever came first.\n"
    )


def _lasting(topic: str) -> str:
    if topic in DURABLE:
        return "durable"
    return "last known" if topic in LAST_KNOWN else "never kept"


def _pictures() -> str:
    return (
        "## Pictures\n\n"
        "A client that subscribes to `frame` gets binary messages: one byte 1 (the version), one byte length of the "
        "camera's id, the id in ASCII, eight bytes big-endian with the time of the picture in milliseconds since 1970, "
        "and a JPEG. About one a second comes of each camera the client may see, and five of the one it names by "
        "`watch`. A picture is never queued: a client that is slow gets the newest one later, and nothing else waits "
        "for it. Camera and time are burnt into every picture. One that no newer one follows for five seconds comes "
        "again, with the same time and its age burnt in, until it is thirty seconds old.\n"
    )


def _going_on() -> str:
    return (
        "## Going on after a break\n\n"
        "The heartbeat's `upto` says: you have everything you may see up to here. Keep the last `upto` and `epoch` "
        "and send them as `since` and `epoch` with the same topics and filters. The answer is either "
        "`recovered: true` and every change since, or `recovered: false` and snapshots: then forget what you had. "
        "No heartbeat for three seconds means that what you show is old.\n"
    )


def _refusals() -> str:
    found = [one for one in vars(refusals).values() if isinstance(one, refusals.Refusal)]
    rows = ((one.close, code(one.code), one.text.vi, one.text.en) for one in found)
    return "## Why a connection is closed\n\n" + table(("close code", "word", "vi", "en"), rows)


def _limits() -> str:
    options = Options(city="", build="")
    rows = ((meaning, f"{getattr(options, name):,.0f}") for name, meaning in _LIMITS.items())
    return "## Limits\n\n" + table(("limit", "value"), rows)


def _block(message: dict[str, Any]) -> str:
    return f"```json\n{json.dumps(message, ensure_ascii=False)}\n```\n"
