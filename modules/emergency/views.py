"""Calls as rows and as the API shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from sqlalchemy import Select, select

from ioc.city.profile import City
from ioc.contract import Run
from ioc.core.text import Text
from modules.emergency.categories import CATEGORIES
from modules.emergency.states import NAMES, ORDER, next_states
from modules.emergency.tables import call, stamp, transfer

Row = Mapping[str, Any]


def mode_of(city: City, service: str) -> str:
    """How the city may work with a service: `mirror` unless an agreement says more."""
    return city.dispatch.get(service, "mirror")


async def call_row(connection: Any, id: str) -> Row | None:
    """A call by id."""
    return (await connection.execute(_call(id))).mappings().first()  # type: ignore[no-any-return]


def call_now(run: Run, id: str) -> Row | None:
    """A call by id, as it is in the commit."""
    return run(_call(id)).mappings().first()  # type: ignore[no-any-return]


async def stamps_of(connection: Any, id: str) -> list[dict[str, Any]]:
    """The states a call went through, in order of time; those of one moment in their own order."""
    return _in_order(await connection.execute(_stamps(id)))


def stamps_now(run: Run, id: str) -> list[dict[str, Any]]:
    """The states a call has gone through in the commit, in order of time."""
    return _in_order(run(_stamps(id)))


async def transfers_of(connection: Any, id: str) -> list[Row]:
    """The transfers of a call, oldest first."""
    return list((await connection.execute(_transfers(id))).mappings())


def waiting_now(run: Run, id: str) -> list[Row]:
    """The transfers of a call that nobody has answered in the commit, oldest first."""
    return [one for one in run(_transfers(id)).mappings() if one["answered_at"] is None]


def _call(id: str) -> Select[Any]:
    return select(call).where(call.c.id == id)


def _stamps(id: str) -> Select[Any]:
    return select(stamp.c.state, stamp.c.at, stamp.c.by, stamp.c.unit).where(stamp.c.call == id)


def _in_order(found: Any) -> list[dict[str, Any]]:
    return sorted((dict(row) for row in found.mappings()), key=lambda row: (row["at"], ORDER.index(row["state"])))


def _transfers(id: str) -> Select[Any]:
    return select(transfer).where(transfer.c.call == id).order_by(transfer.c.requested_at, transfer.c.id)


def recent_calls(**filters: Any) -> Select[Any]:
    """Calls, newest first; a filter that is None does not filter."""
    query = select(call).order_by(call.c.received_at.desc(), call.c.id.desc())
    for name, value in filters.items():
        if value is not None:
            column = call.c[name]
            query = query.where(column.in_(value) if isinstance(value, Iterable) and not isinstance(value, str)
                                else column == value)  # fmt: skip
    return query


def call_view(row: Row, city: City) -> dict[str, Any]:
    """A call without anything personal."""
    return {
        "id": row["id"],
        "number": row["number"],
        "service": row["service"],
        "number_dialled": row["number_dialled"],
        "mode": mode_of(city, row["service"]),
        "category": row["category"],
        "what": both(CATEGORIES[row["category"]].name),
        "priority": row["priority"],
        "rule": row["rule"],
        "rule_version": row["rule_version"],
        "reason": {"vi": row["reason_vi"], "en": row["reason_en"]},
        "status": row["state"],
        "status_name": both(NAMES[row["state"]]),
        "next": list(next_states(row["state"])),
        **_where(row),
        "needs": msgspec.json.decode(row["needs"]),
        "received": row["received_at"],
        "recorded": row["recorded_at"],
        "assigned": row["assigned_at"],
        "incident": {"id": row["incident"], "number": row["incident_number"]} if row["incident"] else None,
        "possible_duplicate_of": row["duplicate_of"],
        "simulated": row["simulated"],
    }


def _where(row: Row) -> dict[str, Any]:
    known = row["lon"] is not None
    return {
        "location": row["location"],
        "lonlat": [row["lon"], row["lat"]] if known else None,
        "uncertainty_m": row["uncertainty_m"],
        "ward": {"code": row["ward_code"], "name": row["ward_name"]} if row["ward_code"] else None,
        "place": row["place_name"],
    }


def transfer_view(row: Row) -> dict[str, Any]:
    """One transfer."""
    waiting = "unanswered" if row["unanswered_at"] else "requested"
    return {
        "id": row["id"],
        "service": row["service"],
        "agency": row["agency"],
        "unit": row["unit"],
        "because": row["because"],
        "state": row["answer"] or waiting,
        "requested": row["requested_at"],
        "due": row["due_at"],
        "answered": row["answered_at"],
    }


def both(text: Text) -> dict[str, str]:
    """A text as JSON."""
    return {"vi": text.vi, "en": text.en}
