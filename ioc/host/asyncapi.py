"""One AsyncAPI 3 document: every event type of every module, and every message of the feed, from their own classes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from ioc.contract import Event
from ioc.contract.events import STEERING
from ioc.core.envelope import Envelope
from ioc.host.asyncapi_mqtt import MQTT_MESSAGES, MQTT_OPERATION, MQTT_SECURITY, MQTT_SERVER, MQTT_TYPES, mqtt_channel
from ioc.host.discovery import ModuleSpec
from ioc.host.event_classes import event_classes
from ioc.host.source_watch import SourceReturned, SourceSilent

Schema = dict[str, Any]
REF = "#/components/schemas/{name}"
EVERY_MODULES = (SourceSilent, SourceReturned)


def document(
    *,
    version: str,
    specs: Iterable[ModuleSpec],
    said: Mapping[str, type[msgspec.Struct]],
    changes: Mapping[str, type[msgspec.Struct]],
    heard: Mapping[str, type[msgspec.Struct]],
) -> Schema:
    """The document as plain values. Of the feed: `said` are the server's own messages, `changes` the cards by topic,
    `heard` what a client may say; imports the modules' event classes."""
    known = list(specs)
    events = {kind.declared.name: (spec, kind) for spec in known for kind in event_classes(spec)}
    owners = sorted({*(spec.name for spec in known)})
    kinds = [Envelope, *EVERY_MODULES, *(kind for _, kind in events.values())]
    types = [*kinds, *said.values(), *changes.values(), *heard.values(), *MQTT_TYPES]
    schemas, components = msgspec.json.schema_components(types, ref_template=REF)
    ref = dict(zip(types, schemas, strict=True))
    _leave_out_steering(components)
    titles = {name: spec.event_title(name, {}).en for name, (spec, _) in events.items()}
    messages = {name: _event(name, titles[name], ref[kind], kind) for name, (_, kind) in events.items()}
    messages |= {kind.declared.name: _event(kind.declared.name, "", ref[kind], kind) for kind in EVERY_MODULES}
    feed = {name: _system(name, ref[kind]) for name, kind in said.items()}
    feed |= {f"topic.{name}": _change(name, ref[kind]) for name, kind in changes.items()}
    client = {f"client.{name}": _message(name, ref[kind], _says(kind)) for name, kind in heard.items()}
    return {
        "asyncapi": "3.0.0",
        "info": _info(version),
        "defaultContentType": "application/json",
        "servers": {**_SERVERS, "broker": MQTT_SERVER},
        "channels": {
            "log": _channel("ioc:log", "log", "The city's log, in order, as CloudEvents 1.0.", messages),
            "feed": _channel("/feed", "feed", "The WebSocket of the screens.", {**feed, **client}),
            "readings": mqtt_channel(owners),
        },
        "operations": {
            "publishEvents": _operation("send", "log", messages),
            "tellScreens": _operation("send", "feed", feed),
            "hearScreens": _operation("receive", "feed", client),
            "takeReadings": MQTT_OPERATION,
        },
        "components": {
            "messages": {**messages, **feed, **client, **MQTT_MESSAGES},
            "schemas": components,
            "securitySchemes": MQTT_SECURITY,
        },
    }


_SERVERS = {
    "feed": {
        "host": "{host}",
        "protocol": "ws",
        "description": "The API's own port; wss behind TLS.",
        "variables": {"host": {"default": "127.0.0.1:8000"}},
    },
    "bus": {
        "host": "{host}",
        "protocol": "redis",
        "description": "The stream of the log, entry ids `position-0`; the table behind it is the truth.",
        "variables": {"host": {"default": "127.0.0.1:6379"}},
    },
}


def _info(version: str) -> Schema:
    about = (
        "What modules say happened, and what the operations centre's screens are told. Times are UTC, coordinates "
        "longitude before latitude in degrees WGS 84. Readers pass over fields they do not know."
    )
    return {"title": "City operations centre", "version": version, "description": about}


def _leave_out_steering(components: Schema) -> None:
    """Fields that steer the envelope are no part of a payload."""
    for schema in components.values():
        properties = schema.get("properties", {})
        if properties.keys() >= STEERING:
            for name in STEERING:
                del properties[name]
            schema.pop("additionalProperties", None)


def _event(name: str, title: str, payload: Schema, kind: type[Event]) -> Schema:
    data = {"allOf": [payload, _BESIDE]}
    whole = {"allOf": [{"$ref": REF.format(name="Envelope")}, {"properties": {"type": {"const": name}, "data": data}}]}
    return _message(name, whole, title or _says(kind))


_BESIDE = {
    "type": "object",
    "properties": {
        "title": {"$ref": REF.format(name="Text")},
        "geometry": {"type": "object", "description": "GeoJSON point, longitude first."},
        "ward": {"type": ["object", "null"]},
        "place": {"type": ["string", "null"]},
    },
}


def _system(name: str, payload: Schema) -> Schema:
    properties = {"t": {"const": name}, "d": payload}
    return _message(name, {"type": "object", "required": ["t", "d"], "properties": properties}, f"The feed's {name}")


def _change(topic: str, card: Schema) -> Schema:
    row = {"type": "object", "required": ["k", "ts", "d"], "properties": {"k": _TEXT, "ts": _TIME, "d": card}}
    one = {"t": {"const": topic}, "k": _TEXT, "ts": _TIME}
    put = {**one, "op": {"const": "put"}, "rt": _TIME, "position": {"type": "integer"}, "d": card}
    gone = {**one, "op": {"const": "del"}}
    snap = {"t": {"const": topic}, "op": {"const": "snap"}, "d": {"type": "array", "items": row}}
    ways = [
        {"type": "object", "required": ["t", "op", "d"], "properties": snap},
        {"type": "object", "required": ["t", "k", "op", "ts", "d"], "properties": put},
        {"type": "object", "required": ["t", "k", "op", "ts"], "properties": gone},
    ]
    return _message(f"topic.{topic}", {"oneOf": ways}, f"The topic {topic}: a snapshot, a change, or its end")


_TEXT = {"type": "string"}
_TIME = {"type": "string", "format": "date-time"}


def _message(name: str, payload: Schema, summary: str) -> Schema:
    return {"name": name, "summary": summary, "payload": payload}


def _says(kind: type) -> str:
    return (kind.__doc__ or kind.__name__).strip().split("\n")[0]


def _channel(address: str, server: str, about: str, messages: Mapping[str, Schema]) -> Schema:
    servers = [{"$ref": f"#/servers/{'bus' if server == 'log' else 'feed'}"}]
    refs = {name: {"$ref": f"#/components/messages/{name}"} for name in messages}
    return {"address": address, "description": about, "servers": servers, "messages": refs}


def _operation(action: str, channel: str, messages: Mapping[str, Schema]) -> Schema:
    refs = [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in messages]
    return {"action": action, "channel": {"$ref": f"#/channels/{channel}"}, "messages": refs}
