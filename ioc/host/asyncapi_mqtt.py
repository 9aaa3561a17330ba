"""The MQTT door in the AsyncAPI document: topics, the reading, who may publish, and how."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ioc.host.mqtt_door import topic_of
from ioc.host.sent_readings import MAX_BATCH, Reading

Schema = dict[str, Any]

MQTT_SERVER: Schema = {
    "host": "{host}",
    "protocol": "mqtts",
    "description": "The city's broker. Each device has an account of its own and writes its own topics only.",
    "variables": {"host": {"default": "127.0.0.1:8883"}},
    "security": [{"$ref": "#/components/securitySchemes/device"}],
}
MQTT_SECURITY: Schema = {
    "device": {"type": "userPassword", "description": "Made by `ioc broker accounts`; TLS protects the password."}
}
MQTT_TYPES = (Reading,)  # whose schemas the document must hold

_READING: Schema = {"$ref": f"#/components/schemas/{Reading.__name__}"}
MQTT_MESSAGES: Schema = {
    "reading": {
        "name": "reading",
        "summary": f"One reading, or an array of 1 to {MAX_BATCH}, as POST /api/v1/observations takes them",
        "contentType": "application/json",
        "payload": {"oneOf": [_READING, {"type": "array", "minItems": 1, "maxItems": MAX_BATCH, "items": _READING}]},
    }
}
MQTT_OPERATION: Schema = {
    "action": "receive",
    "channel": {"$ref": "#/channels/readings"},
    "summary": "Readings of devices; a message is acknowledged once it is committed.",
    "bindings": {"mqtt": {"qos": 1, "retain": False, "bindingVersion": "0.2.0"}},
    "messages": [{"$ref": "#/channels/readings/messages/reading"}],
}


def mqtt_channel(owners: Sequence[str]) -> Schema:
    """The topics on which the modules take readings; `owners` are the modules' names."""
    return {
        "address": topic_of("{module}"),
        "description": "Readings for one module; the first word of a reading's kind is the module's name.",
        "servers": [{"$ref": "#/servers/broker"}],
        "parameters": {"module": {"enum": list(owners), "description": "The module the readings are for."}},
        "messages": {"reading": {"$ref": "#/components/messages/reading"}},
    }
