"""Open311 GeoReport v2 on the wire: the standard's fields, as JSON and as XML."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal
from xml.etree import ElementTree

from ioc.city.profile import City, ReportService
from ioc.core.errors import Problem
from ioc.core.text import Language
from modules.citizen.naming import agency_name, report_number, service_name
from modules.citizen.reports import Report
from modules.citizen.status import meaning

Format = Literal["json", "xml"]
MEDIA_TYPES: dict[Format, str] = {"json": "application/json", "xml": "application/xml"}
SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
_SINGULAR = {"formats": "format", "endpoints": "endpoint", "attributes": "attribute"}
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def discovery(city: City, base_url: str) -> dict[str, Any]:
    """Where the service is and what it speaks."""
    endpoint = {
        "specification": SPECIFICATION,
        "url": f"{base_url}/open311/v2",
        "changeset": "2026-01-01T00:00:00Z",
        "type": "production",
        "formats": ["text/xml", "application/json"],
    }
    return {
        "changeset": "2026-01-01T00:00:00Z",
        "contact": f"{city.name.vi} · {base_url}/report",
        "key_service": "Không cần khóa / no key is needed",
        "endpoints": [endpoint],
    }


def service_view(service: ReportService, language: Language) -> dict[str, Any]:
    """One kind of report."""
    return {
        "service_code": service.code,
        "service_name": service.name.say(language),
        "description": service.description.say(language),
        "metadata": False,
        "type": service.type,
        "keywords": "",
        "group": service.group.say(language),
    }


def request_view(report: Report, city: City, base_url: str, language: Language) -> dict[str, Any]:
    """One report as anybody may see it: text and photo only once published, the place always rounded."""
    told = meaning(report.status)
    published = report.published_at is not None and report.status != "rejected"
    photo = report.photo if published and report.photo_published else None
    return {
        "service_request_id": report.id,
        "status": told.open311,
        "status_notes": f"{report_number(report.number)} · {told.label.say(language)}: {told.note.say(language)}",
        "service_name": service_name(city, report.service_code).say(language),
        "service_code": report.service_code,
        "description": report.published_text if published else None,
        "agency_responsible": agency_name(city, report.agency).say(language),
        "service_notice": None,
        "requested_datetime": _w3c(report.received_at),
        "updated_datetime": _w3c(report.updated_at),
        "expected_datetime": _w3c(report.due),
        "address": report.ward_name,
        "address_id": None,
        "zipcode": None,
        "lat": report.shown_lat,
        "long": report.shown_lon,
        "media_url": f"{base_url}/api/v1/media/{photo}" if photo else None,
    }


def errors_of(problem: Problem) -> list[dict[str, Any]]:
    """A refusal as the standard wants it, in both languages."""
    texts = [(f"{one.field}: ", one.text) for one in problem.errors] or [("", problem.detail or problem.title)]
    return [{"code": problem.status, "description": f"{where}{text.vi} / {text.en}"} for where, text in texts]


def as_json(value: Any) -> bytes:
    """JSON in UTF-8."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode()


def as_xml(root: str, item: str | None, value: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> bytes:
    """XML in UTF-8: one element a mapping, or a list of `item` elements below the root."""
    top = ElementTree.Element(root)
    if isinstance(value, Mapping):
        _fill(top, value)
    else:
        for one in value:
            _fill(ElementTree.SubElement(top, item or root), one)
    written: bytes = ElementTree.tostring(top, encoding="utf-8", xml_declaration=True)
    return written


def _fill(element: ElementTree.Element, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        child = ElementTree.SubElement(element, name)
        if isinstance(value, list):
            _fill_list(child, _SINGULAR[name], value)
        else:
            child.text = _text(value)


def _fill_list(element: ElementTree.Element, item: str, values: list[Any]) -> None:
    for value in values:
        child = ElementTree.SubElement(element, item)
        if isinstance(value, Mapping):
            _fill(child, value)
        else:
            child.text = _text(value)


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return _NOT_XML.sub("", str(value))


def _w3c(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
