"""Bytes to text, once: what is checked is what is parsed, so no second reading can differ."""

from __future__ import annotations

import codecs
import re
import sys

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BARE = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
_KNOWN = frozenset(
    {"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin1", "windows-1252", "cp1252", "windows-1258", "cp1258"}
)
_FIRST_SURROGATE = 0xD800
_MOST_DIGITS = len(str(sys.maxunicode))
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9._-]{1,40})""", re.IGNORECASE)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,500}\?>")
_REFERENCE = re.compile("&#(?:[xX]0*([0-9a-fA-F]+)|0*([0-9]+));?")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def decoded(body: bytes, content_type: str) -> str:
    """The text of a feed without its XML declaration and without characters XML does not allow.

    What is UTF-8 is read as UTF-8 whatever it claims to be; else a byte order mark decides, then what was declared,
    where that is an encoding Vietnamese pages use; else unreadable bytes are marked as such.
    """
    return _NOT_XML.sub("", _DECLARATION.sub("", _text(body, content_type), count=1))


def referring(text: str) -> str:
    """XML whose references name only characters that XML allows: half a surrogate pair, or a number too large, is a
    U+FFFD, a control character is a space."""
    return _REFERENCE.sub(_allowed, text)


def _allowed(found: re.Match[str]) -> str:
    digits = found[1] or found[2]
    number = int(digits, 16 if found[1] else 10) if len(digits) <= _MOST_DIGITS else sys.maxunicode + 1
    if number <= sys.maxunicode and not _NOT_XML.match(chr(number)):
        return found[0]
    return "\ufffd" if number >= _FIRST_SURROGATE else " "


def _text(body: bytes, content_type: str) -> str:
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    for start, encoding in _BARE:
        if body.startswith(start):
            return body.decode(encoding, "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode(_claimed(body, content_type), "replace")


def _claimed(body: bytes, content_type: str) -> str:
    inside, outside = _DECLARED.match(body[:400]), _CHARSET.search(content_type)
    for claim in (inside[1].decode() if inside else "", outside[1] if outside else ""):
        if claim.lower() in _KNOWN:
            return claim
    return "utf-8"
