"""Checks of the quantities of thresholds against the unit their names end in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ioc.city.mistakes import Mistake
from ioc.city.parts import Threshold
from ioc.city.reading import Draft
from ioc.core.text import Text

UNITS: dict[str, tuple[str, ...]] = {  # the end of a name, and the units it may stand for
    "m": ("m",),
    "cm": ("cm",),
    "mm": ("mm",),
    "kmh": ("km/h",),
    "hours": ("h",),
    "minutes": ("min",),
    "days": ("d", "days", "working days"),
    "percent": ("%",),
    "pct": ("%",),
    "db": ("dB",),
    "ratio": ("ratio", "1"),
    "m3": ("ug/m3", "mg/m3"),
}


def wrong_quantities(draft: Draft) -> Iterator[Mistake]:
    """Thresholds whose quantity is not the unit that the name promises to the rule that asks for it."""
    for row in draft.of(Threshold, "name", "quantity"):
        end = row.part.name.rpartition("_")[2]
        units = UNITS.get(end)
        said = {part.strip() for part in re.split(r" / | \(", row.part.quantity)}
        if units and said.isdisjoint(units):
            words = ", ".join(units)
            text = Text(
                f"Sai đơn vị “{row.part.quantity}”: tên kết thúc bằng _{end} nên đơn vị là {words}.",
                f"Wrong unit “{row.part.quantity}”: the name ends in _{end}, so the unit is {words}.",
            )
            yield Mistake(row.file, f"{row.label}.quantity", text)
