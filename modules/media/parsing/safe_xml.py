"""A look at XML before it is parsed for good: no DTD, no entities, bounded depth, a bounded number of items."""

from __future__ import annotations

import re
from collections.abc import Callable, Sized
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from modules.media.parsing.errors import BadFeed

MOST_DEPTH = 60
MOST_ATTRIBUTES = 100
MOST_UNSOUND = 256 * 1024  # bytes of a text that is no well-formed XML and needs the patient parser
_ITEM = re.compile(r"(?:\{[^}]*\})?(?:item|entry)")
_FORBIDDEN = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)", re.IGNORECASE)
_END = re.compile(rb"</(?:\w+:)?(?:item|entry)\s*>", re.IGNORECASE)
_WEB_PAGE = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!doctype\s+html|<html)\b", re.IGNORECASE)
_TAG = re.compile(rb"<([^\s/>]+)")


def checked(document: bytes, most_items: int) -> bytes:
    """The document (UTF-8), cut after `most_items` items.

    Raises:
        BadFeed: it is a web page, declares entities or a document type, nests too deep, or is neither XML nor short.
    """
    if _WEB_PAGE.match(document):
        raise BadFeed("Đây là trang web, không phải RSS hay Atom", "This is a web page, neither RSS nor Atom")
    look = _Look(most_items)
    parser = DefusedXMLParser(target=look, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    look.position = lambda: int(parser.parser.CurrentByteIndex)
    try:
        parser.feed(document)
        parser.close()
    except _Enough as enough:
        return _cut(document, enough.at, enough.open)
    except DefusedXmlException as error:
        raise _hostile() from error
    except ParseError:
        return _unsound(document, most_items)
    return document


class _Enough(Exception):
    """As many items as are wanted have been seen; where the last one's end tag begins, and what is still open."""

    def __init__(self, at: int, open_: tuple[int, ...]) -> None:
        super().__init__(at)
        self.at = at
        self.open = open_


class _Look:
    """Counts items and depth while the parser goes through; keeps nothing else."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._items = 0
        self._open: list[int] = []
        self.position: Callable[[], int] = lambda: 0

    def start(self, _tag: str, attributes: Sized) -> None:
        """An element begins."""
        if len(attributes) > MOST_ATTRIBUTES:
            raise BadFeed("XML có thẻ với quá nhiều thuộc tính", "The XML has an element with too many attributes")
        self._open.append(self.position())
        if len(self._open) > MOST_DEPTH:
            raise BadFeed("XML lồng quá sâu", "The XML nests too deep")

    def end(self, tag: str) -> None:
        """An element ends."""
        self._open.pop()
        if _ITEM.fullmatch(tag):
            self._items += 1
            if self._items >= self._most:
                raise _Enough(self.position(), tuple(self._open))

    def data(self, _text: str) -> None:
        """Text is passed over."""

    def close(self) -> None:
        """The document ended."""


def _cut(document: bytes, at: int, open_: tuple[int, ...]) -> bytes:
    """The document up to the end of the element whose end tag begins at `at`, with what is still open closed."""
    end = document.index(b">", at) + 1
    names = [found[1] for begin in reversed(open_) if (found := _TAG.match(document, begin))]
    return document[:end] + b"".join(b"</" + name + b">" for name in names)


def _unsound(document: bytes, most_items: int) -> bytes:
    """What is no well-formed XML may still be read by a patient parser, if it is short and declares nothing."""
    if len(document) > MOST_UNSOUND or document.count(b"<![CDATA[") > document.count(b"]]>"):
        raise BadFeed("XML sai cú pháp", "The XML is not well-formed")
    if _FORBIDDEN.search(document):
        raise _hostile()
    ends = [found.end() for found in _END.finditer(document)]
    return document[: ends[most_items - 1]] if len(ends) >= most_items else document


def _hostile() -> BadFeed:
    return BadFeed(
        "XML có khai báo DTD hoặc thực thể, bị từ chối vì an toàn",
        "The XML declares a DTD or entities, which is refused for safety",
    )
