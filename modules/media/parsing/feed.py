"""A feed's bytes to its items: identified, dated, plain and bounded."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256

import msgspec

from modules.media.parsing.dates import Doubt, dated
from modules.media.parsing.decoding import decoded
from modules.media.parsing.entries import Entry
from modules.media.parsing.errors import BadFeed
from modules.media.parsing.html_text import plain
from modules.media.parsing.json_feed import read_json
from modules.media.parsing.links import canonical
from modules.media.parsing.xml_feed import read_xml

__all__ = ["BadFeed", "FeedItem", "read_feed"]

MOST_ITEMS = 200
MOST_TITLE = 300
MOST_SUMMARY = 1_500
_ID_LENGTH = 32


class FeedItem(msgspec.Struct, frozen=True, kw_only=True):
    """One item. `id` is the same whenever and wherever the same article is met again."""

    id: str
    url: str | None
    title: str
    summary: str
    published: datetime
    doubt: Doubt = ""


def read_feed(
    body: bytes, content_type: str, *, feed: str, now: datetime, ahead: timedelta
) -> list[FeedItem]:  # fmt: skip
    """The items of a feed, in its order, each id once; `now` dates those that give no believable time, such as one
    further to come than `ahead`.

    Raises:
        BadFeed: the content cannot be read as RSS, Atom or JSON Feed, or must not be.
    """
    text = decoded(body, content_type)
    if not text.strip():
        raise BadFeed("Nguồn tin trống", "The feed is empty")
    read = read_json if text.lstrip().startswith(("{", "[")) else read_xml
    return list(_items(read(text, MOST_ITEMS), feed, now, ahead))


def _items(entries: Iterable[Entry], feed: str, now: datetime, ahead: timedelta) -> Iterable[FeedItem]:
    seen: set[str] = set()
    for entry in entries:
        title, summary = plain(entry.title, MOST_TITLE), plain(entry.summary, MOST_SUMMARY)
        if not title and not summary:
            continue
        url = canonical(entry.link) or canonical(entry.guid)
        id = identity(url, entry.guid, title or summary, feed)
        if id in seen:
            continue
        seen.add(id)
        when = dated(entry.published, now, ahead)
        yield FeedItem(
            id=id, url=url, title=title or summary[:MOST_TITLE], summary=summary, published=when.at, doubt=when.doubt
        )


def identity(url: str | None, guid: str | None, title: str, feed: str) -> str:
    """By its address where it has one (an article may stand in several feeds), else by the feed's own id or title."""
    basis = f"url:{url}" if url else f"guid:{feed}:{guid}" if guid else f"title:{feed}:{title}"
    return sha256(basis.encode("utf-8", "surrogatepass")).hexdigest()[:_ID_LENGTH]
