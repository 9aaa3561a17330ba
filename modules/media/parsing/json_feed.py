"""JSON Feed 1.0 and 1.1, read leniently: a field of the wrong shape is left out, not the item."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from modules.media.parsing.entries import Entry
from modules.media.parsing.errors import BadFeed

# Escapes from left to right: a pair of surrogates, half of one, any other.
_ESCAPE = re.compile(r"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(u[dD][89a-fA-F]..)|.)", re.DOTALL)


def read_json(text: str, most_items: int) -> list[Entry]:
    """The items of a JSON Feed, at most `most_items`.

    Raises:
        BadFeed: it is no JSON, or no feed.
    """
    try:
        document: Any = msgspec.json.decode(_ESCAPE.sub(_whole, text))
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise BadFeed("JSON sai cú pháp", "The JSON is malformed") from error
    items = document.get("items") if isinstance(document, dict) else None
    if not isinstance(items, list):
        raise BadFeed("Không phải JSON Feed: thiếu “items”", "No JSON Feed: “items” is missing")
    return [_entry(item) for item in items[:most_items] if isinstance(item, dict)]


def _whole(escape: re.Match[str]) -> str:
    """Half of a surrogate pair is no letter: a U+FFFD stands for it."""
    return r"\ufffd" if escape[1] else escape[0]


def _entry(item: dict[str, Any]) -> Entry:
    return Entry(
        guid=_word(item.get("id")),
        link=_word(item.get("url")) or _word(item.get("external_url")),
        title=_word(item.get("title")) or "",
        summary=_word(item.get("summary")) or _word(item.get("content_text")) or _word(item.get("content_html")) or "",
        published=_word(item.get("date_published")) or _word(item.get("date_modified")),
    )


def _word(value: Any) -> str | None:
    if isinstance(value, str):
        return value or None
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
