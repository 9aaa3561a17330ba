"""Names of kinds, agencies and reports; what the city no longer offers keeps its code as its name."""

from __future__ import annotations

from ioc.city.profile import City
from ioc.core.text import Text


def report_number(number: int) -> str:
    """A report's number as citizens and operators say it; the letters set it apart from the desk's case numbers."""
    return f"PA-{number}"


def service_name(city: City, code: str) -> Text:
    """The name of a kind of report."""
    try:
        return city.service(code).name
    except LookupError:
        return Text(code, code)


def agency_name(city: City, id: str) -> Text:
    """The name of an agency."""
    try:
        return city.agency(id).name
    except LookupError:
        return Text(id, id)
