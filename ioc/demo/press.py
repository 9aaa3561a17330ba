"""The simulated press: items of each feed, and the feed as RSS, Atom or JSON Feed text. All items are invented."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from email.utils import format_datetime
from pathlib import Path
from xml.sax.saxutils import escape

import msgspec

from ioc.core.clock import iso

KEPT = 30
INVENTED = "Tin bịa cho bản chạy thử (mô phỏng)."


class Item(msgspec.Struct, frozen=True):
    """One news item."""

    title: str
    text: str
    published: datetime

    @property
    def guid(self) -> str:
        """The same for the same words and time."""
        return hashlib.sha256(f"{self.title}\0{iso(self.published)}".encode()).hexdigest()[:16]


class Answer(msgspec.Struct, frozen=True):
    """A feed as a server gives it."""

    body: bytes
    content_type: str

    @property
    def etag(self) -> str:
        """Changes whenever the feed does."""
        return f'"{hashlib.sha256(self.body).hexdigest()[:20]}"'


def saved_answer(path: Path) -> Answer:
    """A feed kept in a file, given as it is."""
    kinds = {".json": "application/feed+json"}
    return Answer(path.read_bytes(), kinds.get(path.suffix.lower(), "application/xml"))


class Press:
    """Every feed with its items, newest first; saved feeds are given as they are."""

    def __init__(self, feeds: Sequence[tuple[str, str]], saved: Sequence[Answer] = ()) -> None:
        self._names = dict(feeds)
        self._items: dict[str, list[Item]] = {id: [] for id in self._names}
        self._forms = {id: _FORMS[number % len(_FORMS)] for number, id in enumerate(self._names)}
        self._saved = dict(zip(self._names, saved, strict=False))

    @property
    def feeds(self) -> list[str]:
        """The ids of all feeds whose items are made here."""
        return [id for id in self._names if id not in self._saved]

    def publish(self, feed: str, item: Item) -> None:
        """Puts an item on top of a feed."""
        self._items[feed] = [item, *self._items[feed]][:KEPT]

    def answer(self, feed: str, base: str) -> Answer | None:
        """The feed's text, None for an unknown feed."""
        if feed in self._saved:
            return self._saved[feed]
        if feed not in self._names:
            return None
        return self._forms[feed](feed, self._names[feed], self._items[feed], base)


def _rss(id: str, name: str, items: Sequence[Item], base: str) -> Answer:
    rows = "".join(
        f"<item><guid isPermaLink='false'>{one.guid}</guid><title>{escape(one.title)}</title>"
        f"<link>{base}/news/{id}/{one.guid}</link><description>{escape(one.text)} {INVENTED}</description>"
        f"<pubDate>{format_datetime(one.published)}</pubDate></item>"
        for one in items
    )
    head = f"<title>{escape(name)}</title><link>{base}/feeds/{id}</link><description>{INVENTED}</description>"
    return _xml(f"<rss version='2.0'><channel>{head}{rows}</channel></rss>", "application/rss+xml")


def _atom(id: str, name: str, items: Sequence[Item], base: str) -> Answer:
    rows = "".join(
        f"<entry><id>urn:sim:{one.guid}</id><title>{escape(one.title)}</title>"
        f"<link href='{base}/news/{id}/{one.guid}'/><summary>{escape(one.text)} {INVENTED}</summary>"
        f"<published>{iso(one.published)}</published><updated>{iso(one.published)}</updated></entry>"
        for one in items
    )
    updated = iso(items[0].published) if items else "2026-01-01T00:00:00.000Z"
    head = f"<id>urn:sim:{id}</id><title>{escape(name)}</title><updated>{updated}</updated>"
    return _xml(f"<feed xmlns='http://www.w3.org/2005/Atom'>{head}{rows}</feed>", "application/atom+xml")


def _json(id: str, name: str, items: Sequence[Item], base: str) -> Answer:
    rows = [
        {
            "id": one.guid,
            "url": f"{base}/news/{id}/{one.guid}",
            "title": one.title,
            "content_text": f"{one.text} {INVENTED}",
            "date_published": iso(one.published),
        }
        for one in items
    ]
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": name, "items": rows}
    return Answer(json.dumps(feed, ensure_ascii=False).encode(), "application/feed+json")


def _xml(text: str, content_type: str) -> Answer:
    return Answer(f"<?xml version='1.0' encoding='utf-8'?>\n{text}".encode(), f"{content_type}; charset=utf-8")


_FORMS: tuple[Callable[[str, str, Sequence[Item], str], Answer], ...] = (_rss, _atom, _rss, _json)
