"""Cases of this module that wait at the desk, kept from what the desk tells."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from ioc.contract import Write
from ioc.core.clock import iso
from modules.public_security.statements import drop_case, keep_case

TOLD = (
    "incident.opened",
    "incident.taken",
    "incident.assigned",
    "incident.located",
    "incident.closed",
    "incident.reopened",
    "incident.joined",
    "incident.parted",
)
WAITING = frozenset({"new", "taken"})


def noted(event: Any) -> list[Write]:
    """What an event of the desk says of a case of ours: it waits for somebody to go there, or it does not."""
    incident = event.data["incident"]
    if incident["module"] != "public_security":
        return []
    if incident["status"] not in WAITING or not incident.get("lonlat") or incident.get("lead"):
        return [drop_case(incident["id"])]
    lon, lat = incident["lonlat"]
    return [
        drop_case(incident["id"]),
        keep_case(
            {
                "id": incident["id"],
                "number": incident["number"],
                "priority": incident["priority"],
                "title_vi": incident["title"]["vi"],
                "title_en": incident["title"]["en"],
                "lon": lon,
                "lat": lat,
                "correlation": incident["correlation"],
                "opened_at": iso(msgspec.convert(incident["opened"], datetime)),
                "dataclass": incident["dataclass"],
                "simulated": incident["simulated"],
            }
        ),
    ]
