"""What is proposed for a call: words and facts made from the ranking, as far as the agreement with a service goes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from ioc.contract import Attach
from ioc.core.clock import iso
from ioc.core.text import Text
from modules.emergency.eta import BASIS, LABEL
from modules.emergency.events import UnitRecommended
from modules.emergency.intake import NO_PLACE
from modules.emergency.ranking import Candidate, Limits, Need, Unit, rank
from modules.emergency.views import Row, both

INFORMATION = Text(
    "để biết, không phải điều động: cơ quan chủ quản điều động",
    "for information, not an order: the responsible service dispatches",
)
NOBODY = Text("không có đơn vị phù hợp đang sẵn sàng", "no suitable unit is available")


def need_of(row: Row) -> Need | None:
    """What a call needs; None while its place is not known."""
    if row["location"] != "located":
        return None
    return Need(
        lonlat=(row["lon"], row["lat"]),
        service=row["service"],
        priority=row["priority"],
        capabilities=frozenset(msgspec.json.decode(row["needs"], type=list[str])),
    )


def recommend(
    row: Row, mode: str, units: Sequence[Unit], limits: Limits, now: datetime, shown: int
) -> UnitRecommended:  # fmt: skip
    """The recommendation for a call. Of a service that is only followed the nearest units are named to be known."""
    need = need_of(row)
    if need is None:
        return _event(row, mode, [], NO_PLACE, NO_PLACE, now)
    best = rank(units, need, limits, now)[:shown]
    if mode == "mirror":
        return _event(row, mode, best, _followed(best), INFORMATION if best else NOBODY, now)
    return _event(row, mode, best, _summary(best), _summary(best), now)


def _followed(best: Sequence[Candidate]) -> Text:
    """The headline where the service sends its own units: short, since the units themselves say the rest."""
    nearest = Text(f"gần nhất {best[0].unit.name}", f"nearest {best[0].unit.name}") if best else NOBODY
    return Text(f"chỉ theo dõi, {nearest.vi}", f"followed only, {nearest.en}")


def _summary(best: Sequence[Candidate]) -> Text:
    if not best:
        return NOBODY
    first, eta = best[0].unit.name, f"{best[0].eta_min:.1f}"
    return Text(
        f"gần nhất {first}, {eta.replace('.', ',')} phút ({LABEL.vi})", f"nearest {first}, {eta} min ({LABEL.en})"
    )


def _event(
    row: Row, mode: str, best: Sequence[Candidate], summary: Text, note: Text, now: datetime
) -> UnitRecommended:  # fmt: skip
    units = tuple(_shown(one) for one in best)
    facts = {
        "units": list(units),
        "mode": mode,
        "basis": BASIS,
        "label": both(LABEL),
        "note": both(note),
        "at": iso(now),
    }
    return UnitRecommended(
        call=row["id"],
        number=row["number"],
        service=row["service"],
        mode=mode,
        units=units,
        summary_vi=summary.vi,
        summary_en=summary.en,
        attach=Attach(facts={"recommendation": facts}),
    )


def _shown(one: Candidate) -> dict[str, Any]:
    return {
        "id": one.unit.id,
        "name": one.unit.name,
        "distance_m": round(one.distance_m),
        "eta_min": round(one.eta_min, 2),
        "reason": both(one.reason),
        "state": one.unit.state,
        "uncertain": one.uncertain,
    }
