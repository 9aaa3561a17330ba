"""RSS and Atom: checked first, then read by feedparser from memory only."""

from __future__ import annotations

import io
from typing import Any

import feedparser

from modules.media.parsing.decoding import referring
from modules.media.parsing.entries import Entry
from modules.media.parsing.errors import BadFeed
from modules.media.parsing.safe_xml import checked

_UTF8 = {"content-type": "application/xml; charset=utf-8"}


def read_xml(text: str, most_items: int) -> list[Entry]:
    """The items of an RSS or Atom feed, at most `most_items`.

    Raises:
        BadFeed: it is hostile, or no feed.
    """
    document = checked(referring(text).encode("utf-8"), most_items)
    # a stream, never the text itself: feedparser takes a text for an address or a file to open
    parsed = feedparser.parse(
        io.BytesIO(document), response_headers=_UTF8, sanitize_html=False, resolve_relative_uris=False
    )
    if not parsed.version and not parsed.entries:
        raise BadFeed("Không phải RSS hay Atom", "Neither RSS nor Atom")
    return [_entry(one) for one in parsed.entries[:most_items]]


def _entry(one: Any) -> Entry:
    content = one.get("content") or [{}]
    return Entry(
        guid=one.get("id"),
        link=one.get("link"),
        title=one.get("title") or "",
        summary=one.get("summary") or content[0].get("value") or "",
        published=one.get("published") or one.get("updated") or one.get("created"),
    )
