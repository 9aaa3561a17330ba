"""The same documents as pages for people, in Vietnamese or English; no script, no outside address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import quote, urlencode

from gis.ogc.documents import CLASSES
from gis.ogc.drawing import drawing
from gis.ogc.model import Collection, Feature, Page
from gis.ogc.query import write_cursor
from gis.reason import Words

_FIELDS: dict[str, Words] = {
    "code": Words("Mã", "Code"),
    "name": Words("Tên", "Name"),
    "kind": Words("Loại", "Kind"),
    "valid_from": Words("Hiệu lực từ", "Valid from"),
    "valid_to": Words("Hiệu lực đến", "Valid to"),
    "approximate": Words("Gần đúng", "Approximate"),
    "module": Words("Phân hệ", "Module"),
    "ward": Words("Mã phường/xã", "Ward code"),
    "ward_name": Words("Phường/xã", "Ward"),
    "severity": Words("Mức độ", "Severity"),
    "type": Words("Kiểu", "Type"),
    "title_vi": Words("Nội dung", "Title (Vietnamese)"),
    "title_en": Words("Nội dung (tiếng Anh)", "Title"),
    "time": Words("Thời điểm", "Time"),
    "recorded": Words("Ghi nhận lúc", "Recorded"),
    "simulated": Words("Mô phỏng", "Simulated"),
    "exercise": Words("Diễn tập", "Exercise"),
    "accuracy_m": Words("Sai số (m)", "Accuracy (m)"),
    "number": Words("Số", "Number"),
    "status": Words("Trạng thái", "Status"),
    "priority": Words("Ưu tiên", "Priority"),
    "category": Words("Nhóm", "Category"),
    "opened": Words("Mở lúc", "Opened"),
    "updated": Words("Cập nhật", "Updated"),
    "place": Words("Nơi", "Place"),
}
_VALUES: dict[str, Words] = {
    "phuong": Words("phường", "ward (phường)"),
    "xa": Words("xã", "commune (xã)"),
    "thi_tran": Words("thị trấn", "township (thị trấn)"),
    "dac_khu": Words("đặc khu", "special zone (đặc khu)"),
}
_NAMES = {
    "home": Words("Dữ liệu không gian", "Spatial data"),
    "collections": Words("Bộ dữ liệu", "Collections"),
    "items": Words("Đối tượng", "Features"),
    "conformance": Words("Tuân thủ", "Conformance"),
    "api": Words("Mô tả giao diện", "API description"),
    "none": Words("Không có đối tượng nào khớp.", "No feature matches."),
    "next": Words("Trang sau", "Next page"),
    "yes": Words("có", "yes"),
    "no": Words("không", "no"),
    "lead": Words(
        "OGC API – Features: mở trong QGIS, ArcGIS hay trình duyệt; tọa độ WGS 84, kinh độ trước.",
        "OGC API – Features: opens in QGIS, ArcGIS or a browser; WGS 84 coordinates, longitude first.",
    ),
    "other": Words("English", "Tiếng Việt"),
}


class Frame:
    """What every page shares: base address, the city's title, language, this page's own query, and a notice to all."""

    def __init__(
        self, base: str, title: Words, lang: str, path: str, asked: Mapping[str, str], notice: Words | None = None
    ) -> None:
        self.base = base
        self.lang = lang
        self._title = title
        self._path = path
        self._asked = asked
        self._notice = notice

    def say(self, name: str) -> str:
        """A fixed word in the page's language."""
        return _NAMES[name].say(self.lang)

    def href(self, path: str, **query: str) -> str:
        """An escaped address below the base, kept in HTML and in this language."""
        return escape(f"{self.base}{path}?{urlencode({'f': 'html', 'lang': self.lang, **query})}", quote=True)

    def page(self, heading: str, lead: str, body: str, crumbs: Sequence[tuple[str, str]] = ()) -> str:
        """The whole page; `heading` and `lead` are plain text, `body` is HTML, `crumbs` are (path, text)."""
        other = "vi" if self.lang == "en" else "en"
        switch = self.href(self._path, **{**self._rest(), "lang": other})
        as_json = escape(f"{self.base}{self._path}?{urlencode({**self._rest(), 'f': 'json'})}", quote=True)
        trail = "".join(
            f'<li><a href="{self.href(path)}">{escape(text)}</a></li>'
            for path, text in [("", self.say("home")), *crumbs]
        )
        notice = f'<p class="notice">{escape(self._notice.say(self.lang))}</p>' if self._notice else ""
        return (
            f'<!doctype html>\n<html lang="{self.lang}"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{escape(heading)} – {escape(self._title.say(self.lang))}</title>"
            f'<link rel="stylesheet" href="{escape(self.base)}/style.css"></head><body>'
            f'<header><nav aria-label="{escape(self.say("home"))}"><ol>{trail}</ol></nav>'
            f'<span><a href="{as_json}">JSON</a> · <a href="{switch}" hreflang="{other}" lang="{other}">'
            f"{self.say('other')}</a></span></header>"
            f'{notice}<main><h1>{escape(heading)}</h1><p class="lead">{escape(lead)}</p>{body}</main>'
            f"<footer>{escape(self._title.say(self.lang))} · WGS 84 (CRS84)</footer></body></html>\n"
        )

    def _rest(self) -> dict[str, str]:
        return {name: value for name, value in self._asked.items() if name not in {"f", "lang"}}


def landing_page(frame: Frame, title: Words) -> str:
    """The way in."""
    places = [("/collections", "collections"), ("/conformance", "conformance"), ("/api", "api")]
    cards = "".join(f'<li><a href="{frame.href(path)}">{escape(frame.say(name))}</a></li>' for path, name in places)
    return frame.page(title.say(frame.lang), frame.say("lead"), f'<ul class="cards">{cards}</ul>')


def conformance_page(frame: Frame) -> str:
    """The conformance classes."""
    rows = "".join(f"<li>{escape(one)}</li>" for one in CLASSES)
    return frame.page(frame.say("conformance"), frame.say("lead"), f"<ul>{rows}</ul>")


def api_page(frame: Frame, paths: Iterable[str]) -> str:
    """The addresses, for people; programs read the OpenAPI document."""
    rows = "".join(f"<tr><td>GET</td><td>{escape(path)}</td></tr>" for path in paths)
    return frame.page(frame.say("api"), "OpenAPI 3.0", f'<div class="scroll"><table>{rows}</table></div>')


def collections_page(frame: Frame, found: Iterable[Collection]) -> str:
    """The list of collections."""
    cards = "".join(_card(frame, one) for one in found)
    return frame.page(frame.say("collections"), frame.say("lead"), f'<ul class="cards">{cards}</ul>')


def collection_page(frame: Frame, one: Collection) -> str:
    """One collection."""
    body = f'<p><a href="{frame.href(f"/collections/{one.id}/items")}">{escape(frame.say("items"))}</a></p>'
    if one.bbox:
        body += f"<p>bbox: {', '.join(f'{value:.4f}' for value in one.bbox)}</p>"
    return frame.page(one.title.say(frame.lang), one.description.say(frame.lang), body, _crumbs(frame))


def items_page(frame: Frame, one: Collection, page: Page, asked: Mapping[str, str]) -> str:
    """One page of features: a drawing and a table."""
    title = one.title.say(frame.lang)
    body = drawing(page.features, escape(title)) + _table(frame, one.id, page.features)
    if page.after is not None:
        more = {**{name: asked[name] for name in asked if name not in {"f", "lang"}}}
        more["cursor"] = write_cursor(one.id, page.after)
        href = frame.href(f"/collections/{one.id}/items", **more)
        body += f'<p class="pager"><a rel="next" href="{href}">{escape(frame.say("next"))} →</a></p>'
    return frame.page(title, one.description.say(frame.lang), body, _crumbs(frame, one))


def item_page(frame: Frame, one: Collection, feature: Feature) -> str:
    """One feature: a drawing and all it says."""
    name = feature.properties.get("name") or feature.properties.get(f"title_{frame.lang}") or feature.id
    rows = "".join(
        f'<tr><th scope="row">{escape(_heading(field, frame.lang))}</th><td>{_cell(frame, value)}</td></tr>'
        for field, value in feature.properties.items()
    )
    body = drawing([feature], escape(str(name))) + f'<div class="scroll"><table>{rows}</table></div>'
    crumbs = [*_crumbs(frame, one), (f"/collections/{one.id}/items", frame.say("items"))]
    return frame.page(str(name), feature.id, body, crumbs)


def _crumbs(frame: Frame, one: Collection | None = None) -> list[tuple[str, str]]:
    trail = [("/collections", frame.say("collections"))]
    return [*trail, (f"/collections/{one.id}", one.title.say(frame.lang))] if one else trail


def _card(frame: Frame, one: Collection) -> str:
    href = frame.href(f"/collections/{one.id}")
    title, about = escape(one.title.say(frame.lang)), escape(one.description.say(frame.lang))
    return f'<li><a href="{href}">{title}</a><p>{about}</p></li>'


def _table(frame: Frame, collection_id: str, features: Sequence[Feature]) -> str:
    if not features:
        return f'<div class="scroll none">{escape(frame.say("none"))}</div>'
    fields = list(dict.fromkeys(field for one in features for field in one.properties))
    heads = "".join(f'<th scope="col">{escape(_heading(field, frame.lang))}</th>' for field in fields)
    rows = "".join(_row(frame, collection_id, one, fields) for one in features)
    head = f'<thead><tr><th scope="col">id</th>{heads}</tr></thead>'
    return f'<div class="scroll"><table>{head}<tbody>{rows}</tbody></table></div>'


def _row(frame: Frame, collection_id: str, one: Feature, fields: Sequence[str]) -> str:
    href = frame.href(f"/collections/{collection_id}/items/{quote(one.id, safe='')}")
    cells = "".join(f"<td>{_cell(frame, one.properties.get(field))}</td>" for field in fields)
    return f'<tr><td><a href="{href}">{escape(one.id)}</a></td>{cells}</tr>'


def _heading(field: str, lang: str) -> str:
    return _FIELDS[field].say(lang) if field in _FIELDS else field


def _cell(frame: Frame, value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return escape(frame.say("yes" if value else "no"))
    return escape(_VALUES[value].say(frame.lang) if value in _VALUES else str(value))
