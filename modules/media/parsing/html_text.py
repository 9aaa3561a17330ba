"""HTML of strangers to plain text: tags, scripts and styles gone, entities read, nothing kept that could run."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

from modules.media.spelling import clean

_UNSEEN = frozenset({"script", "style", "head", "template", "noscript", "iframe", "object", "svg", "math", "textarea"})
_BREAKS = frozenset(
    {"p", "br", "div", "li", "tr", "td", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "figcaption"}
)
_READ_AT_MOST = 20  # times the length wanted: markup around it is long


def plain(markup: str, most: int) -> str:
    """The text of markup, at most `most` characters of it, on one line."""
    text = markup[: most * _READ_AT_MOST]
    for _ in range(2):  # feeds that escape twice show their tags as text
        text = _stripped(text) if "<" in text else html.unescape(text)
    return clean(text.encode("utf-8", "replace").decode("utf-8"), most)


def _stripped(text: str) -> str:
    reader = _Reader()
    try:
        reader.feed(_ended(text))
        reader.close()
    except AssertionError:  # how the parser says that a declaration is none
        return _WHOLE_TAG.sub(" ", text).replace("<", " ")
    return "".join(reader.parts)


def _ended(text: str) -> str:
    """Text without comments, and whose every `<` begins a tag that ends: the others are no markup, and the parser would
    look for their end again and again."""
    parts = _WHOLE_TAG.split(_uncommented(text))
    return "".join(part if number % 2 else part.replace("<", " ") for number, part in enumerate(parts))


def _uncommented(text: str) -> str:
    before, begun, rest = text.partition("<!--")
    kept = [before]
    while begun:
        _, ended, rest = rest.partition("-->")
        before, begun, rest = rest.partition("<!--") if ended else ("", "", "")
        kept.append(before)
    return "".join(kept)


_WHOLE_TAG = re.compile(r"(<[^<>]+>)")


class _Reader(HTMLParser):
    """Gathers what a reader would see."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unseen = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An unseen element hides everything up to its own end."""
        if not self._unseen and tag in _UNSEEN:
            self._unseen = tag
        if tag in _BREAKS:
            self.parts.append(" ")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element that is empty hides nothing."""
        if tag in _BREAKS:
            self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        """The end of what was hidden, or of a line."""
        if tag == self._unseen:
            self._unseen = ""
        if tag in _BREAKS:
            self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        """Text counts where it is seen."""
        if not self._unseen:
            self.parts.append(data)
