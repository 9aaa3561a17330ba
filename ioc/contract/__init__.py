"""All that a module may see: words and protocols, no driver."""

from ioc.contract.context import Gis, Log, ModuleContext, MqttMessage, NearbyUnit, Units
from ioc.contract.door import Door, Personal, Reply, Sealed, door
from ioc.contract.errors import BadReading, NotConfigured, SourceUnavailable
from ioc.contract.events import Attach, Desk, Event
from ioc.contract.module import Module, every, on, period, source
from ioc.contract.readings import Latest, Observation, State, Write
from ioc.contract.rights import ANYONE, Principal, Rule, allow

__all__ = [
    "ANYONE",
    "Attach",
    "BadReading",
    "Desk",
    "Door",
    "Event",
    "Gis",
    "Latest",
    "Log",
    "Module",
    "ModuleContext",
    "MqttMessage",
    "NearbyUnit",
    "NotConfigured",
    "Observation",
    "Personal",
    "Principal",
    "Reply",
    "Rule",
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
