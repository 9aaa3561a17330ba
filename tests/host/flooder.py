"""A device gone wild: `python -m tests.host.flooder PORT TOPIC RATE SECONDS` publishes good readings at QoS 0."""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

STEP_S = 0.01


def flood(port: int, topic: str, rate: int, seconds: float) -> int:
    """How many were published: as many as the rate asks for, or as this machine can."""
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", port)
    client.loop_start()
    begun, said = time.monotonic(), 0
    while (passed := time.monotonic() - begun) < seconds:
        while said < rate * passed:
            at = datetime.now(UTC).isoformat()
            client.publish(topic, json.dumps({"id": f"f{said}", "value": 1.0, "at": at}), qos=0)
            said += 1
        time.sleep(STEP_S)
    client.disconnect()
    client.loop_stop()
    return said


if __name__ == "__main__":
    port, topic, rate, seconds = sys.argv[1:]
    print(flood(int(port), topic, int(rate), float(seconds)))  # noqa: T201
