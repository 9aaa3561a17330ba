"""All that a module may see: words and protocols, no driver."""

from ioc.contract.context import (
    Cameras,
    Fetched,
    Gis,
    Log,
    ModuleContext,
    MqttMessage,
    NearbyCamera,
    NearbyUnit,
    Point,
    Units,
)
from ioc.contract.deciding import Decide, Deciding, Decision, Reply, Run, Sealed
from ioc.contract.door import Door, Personal, door
from ioc.contract.errors import BadReading, NotConfigured, SourceUnavailable
from ioc.contract.events import Attach, Desk, Event
from ioc.contract.module import Module, PartOf, every, on, period, source
from ioc.contract.readings import Latest, Observation, State, Write
from ioc.contract.rights import ANYONE, Principal, Rule, allow
from ioc.contract.sources import Heard, Life, Listed

__all__ = [
    "ANYONE",
    "Attach",
    "BadReading",
    "Cameras",
    "Decide",
    "Deciding",
    "Decision",
    "Desk",
    "Door",
    "Event",
    "Fetched",
    "Gis",
    "Heard",
    "Latest",
    "Life",
    "Listed",
    "Log",
    "Module",
    "ModuleContext",
    "MqttMessage",
    "NearbyCamera",
    "NearbyUnit",
    "NotConfigured",
    "Observation",
    "PartOf",
    "Personal",
    "Point",
    "Principal",
    "Reply",
    "Rule",
    "Run",
    "Sealed",
    "SourceUnavailable",
    "State",
    "Units",
    "Write",
    "allow",
    "door",
    "every",
    "on",
    "period",
    "source",
]
