"""Facts about the city that every screen shows."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import APIRouter, Request

from ioc.api.rights import classes_of
from ioc.city.profile import City
from ioc.contract.rights import allow
from ioc.core.dataclass import DataClass

router = APIRouter(prefix="/api/v1", tags=["city"])


@router.get("/city", summary="Public facts of the city")
@allow("anyone")
async def city(request: Request) -> dict[str, Any]:
    """Name, extent, languages, services and public places; units for those who may see internal data.

    Coordinates are lon, lat in degrees WGS 84.
    """
    state = request.app.state
    facts = public_facts(state.city) | {"demo": state.auth.demo}
    if DataClass.INTERNAL in classes_of(request):
        facts["units"] = [{"id": u.id, "name": u.name, "kind": u.kind, "service": u.service} for u in state.city.units]
    return facts


def public_facts(city: City) -> dict[str, Any]:
    """What anyone may know of a city's profile."""
    facts: dict[str, Any] = msgspec.to_builtins(
        {
            "id": city.id,
            "name": city.name,
            "province": city.province,
            "bbox": city.bbox,
            "center": city.center,
            "languages": city.languages,
            "official_wards": city.official_wards,
            "modules": sorted(name for name, module in city.modules.items() if module.enabled),
            "services": [
                {"code": s.code, "name": s.name, "group": s.group, "description": s.description} for s in city.services
            ],
            "agencies": [{"id": a.id, "name": a.name} for a in city.agencies],
            "assets": [
                {"id": a.id, "kind": a.kind, "name": a.name, "lonlat": (a.lon, a.lat), "accuracy_m": a.accuracy_m}
                for a in city.assets
                if a.data_class == DataClass.PUBLIC
            ],
        }
    )
    return facts
