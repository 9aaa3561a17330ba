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

MIRRORED = Text(
    "cơ quan tự điều động, trung tâm chỉ theo dõi", "the service sends its own units, the centre only follows"
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
    """The recommendation for a call. A service that is only followed gets no proposal at all."""
    need = need_of(row)
    if mode == "mirror":
        return _event(row, mode, [], MIRRORED, now)
    if need is None:
        return _event(row, mode, [], NO_PLACE, now)
    best = rank(units, need, limits, now)[:shown]
    return _event(row, mode, best, _summary(best), now)


def _summary(best: Sequence[Candidate]) -> Text:
    if not best:
        return NOBODY
    first, eta = best[0].unit.name, f"{best[0].eta_min:.1f}"
    return Text(
        f"gần nhất {first}, {eta.replace('.', ',')} phút ({LABEL.vi})", f"nearest {first}, {eta} min ({LABEL.en})"
    )


def _event(row: Row, mode: str, best: Sequence[Candidate], note: Text, now: datetime) -> UnitRecommended:
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
        summary_vi=note.vi,
        summary_en=note.en,
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
