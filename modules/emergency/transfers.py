"""Passing a call on to the service it belongs to, and noticing when nobody answers."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from ioc.city.profile import City
from ioc.contract import Attach, Event, Write
from ioc.core.clock import iso, parse_time
from ioc.core.ids import new_id
from modules.emergency.events import TransferRequested, TransferUnanswered
from modules.emergency.statements import add_transfer, note_unanswered
from modules.emergency.views import Row, transfer_view


def agency_of(city: City, service: str) -> str | None:
    """The agency that answers a number in this city."""
    return next((agency.id for agency in city.agencies if service in agency.services), None)


def request(
    call: Row,
    *,
    because: str,
    agency: str | None,
    unit: str | None,
    at: datetime,
    answer_within: timedelta,
) -> tuple[Event, Write]:
    """Asks a service to take a call: the event and the row that remembers until when."""
    due = at + answer_within
    row: dict[str, Any] = {
        "id": new_id(),
        "call": call["id"],
        "number": call["number"],
        "service": call["service"],
        "agency": agency,
        "unit": unit,
        "because": because,
        "requested_at": iso(at),
        "due_at": iso(due),
        "answered_at": None,
        "answer": None,
        "answered_by": None,
        "unanswered_at": None,
        "simulated": call["simulated"],
    }
    event = TransferRequested(
        call=call["id"],
        number=call["number"],
        transfer=row["id"],
        service=call["service"],
        agency=agency,
        unit=unit,
        because=because,
        due=due,
        attach=Attach(facts={"transfer": transfer_view(row)}),
    )
    return event, add_transfer(row)


def unanswered(row: Row, now: datetime) -> tuple[Event, Write]:
    """Says once that the time of a transfer ran out."""
    requested = parse_time(row["requested_at"])
    event = TransferUnanswered(
        call=row["call"],
        number=row["number"],
        transfer=row["id"],
        service=row["service"],
        agency=row["agency"],
        requested=requested,
        waited_s=int((now - requested).total_seconds()),
        correlation=row["call"],
        simulated=row["simulated"],
        attach=Attach(facts={"transfer": {**transfer_view(row), "state": "unanswered"}}),
    )
    return event, note_unanswered(row["id"], iso(now))
