"""What a running city really sends is what its AsyncAPI document says."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.feed.client import FeedClient
from tests.running import City, running_city

TOPICS = ("incident", "event", "unit", "kpi", "module", "seg", "cam", "source")
ENOUGH = 3  # things of each topic
PATIENCE_S = 90.0


def validators(document: dict[str, Any]) -> dict[str, Draft202012Validator]:
    """What holds a message of each name against the document, by the name."""
    found = {}
    for name, message in document["components"]["messages"].items():
        whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", "components": document["components"]}
        found[name] = Draft202012Validator({**whole, "allOf": [message["payload"]]})
    return found


async def listen(city: City) -> FeedClient:
    """Everything a supervisor's screen is sent until every topic has said enough."""
    url = city.url.replace("http", "ws") + "/feed"
    async with FeedClient(url, topics=TOPICS, headers={"ioc-role": "supervisor"}, origin=city.url) as screen:
        await screen.until(lambda: all(len(screen.state[topic]) >= ENOUGH for topic in TOPICS), PATIENCE_S)
    return screen


@pytest.mark.timeout(600)
async def test_every_message_of_a_living_city_is_as_described() -> None:
    with running_city() as city:
        held = validators(city.get("/asyncapi.json").json())
        screen = await listen(city)
        events = city.get("/api/v1/events", params={"limit": 200}, headers={"ioc-role": "supervisor"}).json()["events"]
    wrong = []
    for message in screen.messages:
        name = message["t"] if message["t"].startswith("sys.") else f"topic.{message['t']}"
        wrong += [f"{name}: {error.json_path} {error.message[:200]}" for error in held[name].iter_errors(message)]
    known = {event["type"] for event in events if not event["type"].startswith("incident.")}
    assert known <= held.keys()
    assert not wrong, "\n".join(sorted(set(wrong))[:30])
