"""What the emergency module says. Nothing here names a caller: personal fields lie sealed under `personal`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ioc.contract import Event
from modules.emergency.categories import Priority, Service
from modules.emergency.location import Location

SEVERITY_OF: dict[int, int] = {1: 4, 2: 3, 3: 2, 4: 1}  # of a call, by priority P1-P4


class CallReceived(Event, type="emergency.call.received", severity=2, key="call"):
    """A caller said something. `personal` refers to the sealed fields, None where none were given."""

    call: str
    number: str
    service: Service
    number_dialled: Service
    category: str
    what_vi: str
    what_en: str
    priority: Priority
    rule: str
    rule_version: str
    reason_vi: str
    reason_en: str
    location: Location
    uncertainty_m: float | None
    needs: tuple[str, ...]
    received: datetime
    personal: str | None


class UnitRecommended(Event, type="emergency.unit.recommended", severity=1, key="call"):
    """Units that could answer a call, best first, with the reason of each; in mode `mirror` for information only."""

    call: str
    number: str
    service: str
    mode: str
    units: tuple[dict[str, Any], ...]
    summary_vi: str
    summary_en: str


class DuplicateSuggested(Event, type="emergency.call.duplicate_suggested", severity=1, key="call"):
    """Another call may be about the same thing. Nothing is merged by this."""

    call: str
    number: str
    other: str
    other_number: str
    distance_m: int
    seconds: int


class CallMirrored(Event, type="emergency.call.mirrored", severity=1, key="call"):
    """The service sends its own units and the centre only follows what they do."""

    call: str
    number: str
    service: str
    unit: str | None


class TransferRequested(Event, type="emergency.transfer.requested", severity=2, key="call"):
    """A service is asked to take a call; it has until `due` to answer. `because` is `belongs` or `assigned`."""

    call: str
    number: str
    transfer: str
    service: str
    agency: str | None
    unit: str | None
    because: str
    due: datetime


class TransferAnswered(Event, type="emergency.transfer.answered", severity=1, key="call"):
    """A service said whether it takes the call."""

    call: str
    number: str
    transfer: str
    service: str
    answer: str
    answer_vi: str
    answer_en: str


class TransferUnanswered(Event, type="emergency.transfer.unanswered", severity=3, key="call"):
    """A service did not answer within the threshold: a person must act."""

    call: str
    number: str
    transfer: str
    service: str
    agency: str | None
    requested: datetime
    waited_s: int


class UnitDispatched(Event, type="emergency.unit.dispatched", severity=2, key="call"):
    """A unit was ordered to a call, in a service whose agreement lets the centre order."""

    call: str
    number: str
    service: str
    unit: str
    unit_name: str


class CallStateChanged(Event, type="emergency.call.state_changed", severity=1, key="call"):
    """The service took a call a step further; `at` is when that happened, as reported."""

    call: str
    number: str
    state: str
    state_vi: str
    state_en: str
    at: datetime
    unit: str | None
