"""Texts, times, numbers, file names and pictures that break careless software; made here, seeded, nothing shipped."""

from __future__ import annotations

import io
import random
import struct
import unicodedata
import zlib
from collections.abc import Callable

from PIL import Image

_SEED = 20261121
_RANGES = (
    (0x20, 0x7E), (0x80, 0x24F), (0x300, 0x36F), (0x1E00, 0x1EFF), (0x200B, 0x202E),
    (0x2066, 0x2069), (0xFE00, 0xFE0F), (0x1F300, 0x1FAFF), (0xE0000, 0xE007F),
)  # fmt: skip


def _made(count: int) -> dict[str, str]:
    """Random texts of the parts of Unicode that cause trouble."""
    dice = random.Random(_SEED)
    found = {}
    for number in range(count):
        letters = [chr(dice.randint(*dice.choice(_RANGES))) for _ in range(dice.randint(1, 60))]
        found[f"random {number}"] = "".join(letters)
    return found


TEXTS: dict[str, str] = {
    "empty": "",
    "spaces": " \t\u3000\u00a0",
    "newlines": "a\r\nb\nc\u2028d\u2029e\u0085f",
    "a forged log line": 'x\n{"level":"error","event":"child failed"}\r\n',
    "escape codes": "\x1b[2J\x1b]0;owned\x07\x1b[31m",
    "controls": "".join(map(chr, range(1, 32))) + "\x7f\x80\x9f",
    "bidi": "\u202etxt.exe\u202c \u2066abc\u2069",
    "zero width": "a\u200b\u200c\u200d\ufeffb",
    "many marks": "a" + "\u0301\u0323" * 400,
    "decomposed": unicodedata.normalize("NFD", "Đường Nguyễn Huệ ngập nặng"),
    "full width": "＜script＞ ＝1+1 ０９１２３４５６７８",
    "emoji family": "👨‍👩‍👧‍👦🏳️‍🌈" * 20,
    "beyond the plane": "𠜎𠜱𡿨" * 50,
    "not a character": "\ufffe\uffff\U0010ffff",
    "script": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "template": "{{7*7}} ${7*7} <%= 7*7 %> #{7*7} {0.__class__} %s%n",
    "a formula": '=HYPERLINK("http://evil.example","x")',
    "another formula": "@SUM(1+1)*cmd|' /C calc'!A0",
    "sql": "'; DROP TABLE event; -- \" OR 1=1 /*",
    "like": "%_%%__\\",
    "shell": "$(reboot); `id` | cat /etc/passwd &",
    "a path": "../../../../etc/passwd\\..\\..\\windows",
    "an address inside": "http://169.254.169.254/latest/meta-data gopher://127.0.0.1:6379/_FLUSHALL",
    "xml": "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a> ]]>",
    "json": '"}],"role":"admin","x":[{"',
    "a phone": "+84 (0)91.234-56 78, 84912345678, ０912 345 678",
    "a plate": "36A-123.45 36a12345 ３６Ａ－１２３４５",
    "numbers": "1e400 -0 0x10 ١٢٣ ½ NaN Infinity",
    "long": "ngập " * 700,
    "one long word": "ă" * 3900,
    "nothing but quotes": "\"'`“”«»" * 50,
    **_made(60),
}  # fmt: skip

TIMES = (
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "10000-01-01T00:00:00Z",
    "2026-11-21T24:00:00+07:00",
    "2026-06-30T23:59:60Z",
    "2026-02-29T12:00:00Z",
    "2026-11-21T12:00:00",
    "2026-11-21",
    "2026-11-21T12:00:00+99:00",
    "2026-11-21T12:00:00.123456789123Z",
    "١٢:٠٠",
    "now",
    "1763712000",
    "",
)

NUMBERS = (1e308, -1e308, 5e-324, 2**63, -(2**63) - 1, 10**30, 0.1 + 0.2, -0.0)

FILE_NAMES = {
    "decomposed": unicodedata.normalize("NFD", "ảnh ngập đường.jpg"),
    "bidi": "anh\u202egpj.exe",
    "255 bytes": "ă" * 120 + ".jpg",
    "far too long": "a" * 4000 + ".jpg",
    "a path": "../../../etc/cron.d/x.jpg",
    "a windows path": "C:\\windows\\system32\\con.jpg",
    "a device": "CON.jpg",
    "dots": "....",
    "nothing": "",
    "quotes": 'a";filename="b.jpg',
    "newlines": "a\r\nX-Evil: 1.jpg",
}


def _frames() -> bytes:
    first, *others = [Image.new("P", (8, 8), number % 250) for number in range(10_000)]
    out = io.BytesIO()
    first.save(out, "GIF", save_all=True, append_images=others, optimize=False)
    return out.getvalue()


def _webp_wrong_size() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(out, "WEBP")
    good = out.getvalue()
    return good[:4] + struct.pack("<I", 2**31) + good[8:]


def _svg_bomb() -> bytes:
    return b"<svg xmlns='http://www.w3.org/2000/svg'>" + b"<g>" * 100_000 + b"</g>" * 100_000 + b"</svg>"


def _png_chunks() -> bytes:
    """A PNG with a text that unfolds to 100 MB."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    bomb = chunk(b"zTXt", b"Comment\x00\x00" + zlib.compress(bytes(100_000_000), 9))
    pixels = chunk(b"IDAT", zlib.compress(b"\x00\xff\x00\x00"))
    return b"\x89PNG\r\n\x1a\n" + header + bomb + pixels + chunk(b"IEND", b"")


PICTURES: dict[str, Callable[[], bytes]] = {
    "a GIF of 10,000 frames": _frames,
    "a WebP with a wrong size": _webp_wrong_size,
    "an SVG 100,000 deep": _svg_bomb,
    "a PNG whose comment unfolds": _png_chunks,
    "a HEIC by its first bytes": lambda: b"\x00\x00\x00\x18ftypheic" + bytes(2000),
    "an AVIF by its first bytes": lambda: b"\x00\x00\x00\x1cftypavif" + bytes(2000),
    "a PostScript": lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n(x) run\n",
    "a PDF and a JPEG": lambda: b"%PDF-1.7\n" + b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(500),
    "an archive": lambda: b"PK\x03\x04" + bytes(200),
    "nothing": lambda: b"",
}
