"""Finding a place by what a caller says: named places, and old units by the names people still use."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request

from ioc.contract import allow
from ioc.core.place import Place
from ioc.core.text import nfc

router = APIRouter(prefix="/api/v1/places", tags=["places"])


@router.get("", summary="Places and old units by name")
@allow("operator")
async def places(
    request: Request,
    q: Annotated[str, Query(min_length=2, max_length=200, description="Words of a name, diacritics or not")],
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
) -> dict[str, Any]:
    """Places whose name holds every word, and the units of today an old unit's name may mean, with the reason."""
    gis, words = request.app.state.gis, nfc(q)
    old = gis.old_unit(words)
    return {
        "places": [_shown(place) for place in gis.find(words, limit)],
        "old_unit": {
            "certain": old.certain,
            "reason": {"vi": old.vi, "en": old.en},
            "units": [
                {"code": move.new_code, "name": move.new_name, "was": f"{move.old_name}, {move.old_district}"}
                for move in old.moves
            ],
        },
    }


def _shown(place: Place) -> dict[str, Any]:
    return {"name": place.name, "lonlat": [place.lon, place.lat], "ward": msgspec.to_builtins(place.ward)}
