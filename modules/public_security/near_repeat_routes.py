"""Near-repeat as the last run found it: types and numbers for everybody, the places of now for the desk."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from ioc.contract import allow, door
from ioc.core.clock import iso
from ioc.core.text import Text
from modules.public_security.kinds import KINDS
from modules.public_security.look_spots import Area, areas
from modules.public_security.near_repeat import FOLLOWED, RUN, SEED, kept
from modules.public_security.numbers import near_repeat_limits
from modules.public_security.record_routes import MODULE
from modules.public_security.runs import last_run
from modules.public_security.views import Row, both

router = APIRouter(prefix="/api/v1/security", tags=["security"])


@router.get("/near-repeat")
@allow("wall", "operator", module=MODULE)
async def list_near_repeat(request: Request) -> dict[str, Any]:
    """Of each type of record whether it comes again close by and soon, or why that cannot be said.

    `state` is `few` (too few records, see `reason`), `none`, or `stands`: then `ratio` is how many times the usual risk
    there is within `within_m` metres in the next `days`.
    """
    here = door(request, MODULE)
    limits = near_repeat_limits(here, here.clock.now())
    async with here.read() as connection:
        rows, at = await kept(connection), await last_run(connection, RUN)
    return {
        "at": at,
        "window_days": limits.window.days,
        "permutations": limits.permutations,
        "seed": SEED,
        "categories": [_view(rows[type]) for type in FOLLOWED if type in rows],
    }


@router.get("/near-repeat/areas")
@allow("operator", module=MODULE)
async def list_near_repeat_areas(request: Request) -> dict[str, Any]:
    """Around which records of late the same may come again now: `lonlat` and `radius_m`, from `since` `until`, how many
    times the usual the risk is, and why in words. `at` is when near-repeat was last looked for. Only what the reader
    may see; a type that tells of a household by its place is never among them."""
    here = door(request, MODULE)
    seen, now = here.principal(request).classes, here.clock.now()
    async with here.read() as connection:
        found, at = await areas(connection, now), await last_run(connection, RUN)
    return {"at": at, "areas": [_area_view(one) for one in found if one.spot.data_class in seen]}


def _area_view(one: Area) -> dict[str, Any]:
    spot = one.spot
    return {
        "id": spot.key,
        "type": one.type,
        "what": both(KINDS[one.type].name),
        "lonlat": [spot.lon, spot.lat],
        "radius_m": spot.radius_m,
        "since": iso(one.since),
        "until": iso(one.until),
        "ratio": _rounded(one.ratio, 2),
        "reasons": [both(reason) for reason in spot.reasons],
        "dataclass": spot.data_class.value,
        "simulated": bool(spot.simulated),
    }


def _view(row: Row) -> dict[str, Any]:
    return {
        "type": row["type"],
        "what": both(KINDS[row["type"]].name),
        "state": row["state"],
        "reason": both(_reason(row)) if row["state"] != "stands" else None,
        "records": row["records"],
        "within_m": row["space_m"],
        "days": row["days"],
        "ratio": _rounded(row["ratio"], 2),
        "pairs": row["pairs"],
        "expected": _rounded(row["expected"], 2),
        "p": row["p"],
        "q": _rounded(row["q"], 4),
        "simulated": row["simulated"],
    }


def _reason(row: Row) -> Text:
    if row["state"] == "few":
        have, need = row["records"], row["needed"]
        return Text(
            f"mới có {have} tin đủ rõ nơi và giờ, cần {need}",
            f"records with a place and time known well enough: {have}, needed: {need}",
        )
    return Text("không khác ngẫu nhiên", "no more than chance explains")


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
