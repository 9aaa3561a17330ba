"""`thresholds.md`: every number rules compare with, of every city."""

from __future__ import annotations

from ioc.city.model import City
from ioc.city.parts import Threshold
from ioc.city.profile import load_city
from ioc.cli.city import profiles_home
from ioc.cli.reference.markdown import code, head, table


def page() -> str:
    """One table a city."""
    parts = [
        head(
            "Thresholds",
            "A number of a rule is data with a source and the days it is valid, never a constant in the code. They "
            "stand in `cities/<city>/thresholds.toml`; a change of law is a new row with its `valid_from`. "
            "“unverified” marks a value nobody has yet held "
            "against its official text: have it checked before you rely on it.",
        )
    ]
    homes = sorted(path.parent for path in profiles_home().glob("*/city.toml"))
    parts += [_city(load_city(home)) for home in homes]
    return "\n".join(parts)


def _city(city: City) -> str:
    rows = (
        (code(row.name), f"{row.value:g}", row.quantity, _days(row), _source(row))
        for row in sorted(city.thresholds, key=lambda row: (row.name, row.valid_from))
    )
    columns = ("name", "value", "quantity", "in force", "source")
    return f"## {city.name.vi} / {city.name.en}\n\n" + table(columns, rows)


def _days(row: Threshold) -> str:
    return f"from {row.valid_from}" + (f" to {row.valid_to}" if row.valid_to else "")


def _source(row: Threshold) -> str:
    return row.source + ("" if row.verified else " (unverified)")
