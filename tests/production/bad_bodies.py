"""Bodies that no door may take: hostile ones for all doors, wrong ones for each, and pictures that lie."""

from __future__ import annotations

import gzip
import io
import json
import struct
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from PIL import Image

from tests.production.canary import photo

MIB = 1024 * 1024
DEEP = 100_000


def good_call() -> dict[str, Any]:
    return {"number_dialled": "115", "location": {"lat": 19.806, "lon": 105.7785}, "narrative": "đau ngực"}


def good_report() -> dict[str, str]:
    return {"service_code": "lighting", "description": "đèn tắt", "lat": "19.806", "long": "105.7785"}


FIELDS = ("username", "name", "number_dialled", "action", "service_code", "kind", "state", "answer", "reason", "text")

# Nothing that any door may take; each is sent to all of them.
BODIES: dict[str, tuple[bytes, dict[str, str]]] = {
    "nothing": (b"", {}),
    "malformed": (b'{"number_dialled": "114",', {}),
    "two values": (b"{}{}", {}),
    "a comma too many": (b'{"a": 1,}', {}),
    "NaN": (b'{"lat": NaN, "lon": Infinity}', {}),
    "too large a number": (b'{"version": 1e999}', {}),
    "half a character": (b'{"text": "\\ud800", "note": "\\udc00"}', {}),
    "half a character, raw": (b'{"text": "\xed\xa0\x80"}', {}),
    "a NUL": (b'{"text": "a\\u0000b"}', {}),
    "not UTF-8": ('{"text": "Đường"}'.encode("utf-16"), {}),
    "deep lists": (b"[" * DEEP + b"]" * DEEP, {}),
    "deep objects": (b'{"a":' * DEEP + b"1" + b"}" * DEEP, {}),
    "a list": (b"[[1, 2], [3]]", {}),
    "a word": (b'"xin ch\xc3\xa0o"', {}),
    "null": (b"null", {}),
    "unknown fields": ('{"__proto__": {"role": "admin"}, "khong_co": 1, "Đường": []}'.encode(), {}),
    "wrong types": (json.dumps({name: [{}] for name in FIELDS}).encode(), {}),
    "10 MiB and a byte": (b'{"text": "' + b"a" * (10 * MIB - 11) + b'"}', {}),
    "10 MiB": (b'{"text": "' + b"a" * (10 * MIB - 12) + b'"}', {}),
    "a bomb of gzip": (gzip.compress(bytes(100 * MIB), 1), {"Content-Encoding": "gzip"}),
    "multipart without a boundary": (b"--x\r\n\r\n", {"Content-Type": "multipart/form-data"}),
    "a form that breaks off": (
        b'--x\r\nContent-Disposition: form-data; name="media"; filename="a"\r\n\r\n\xff\xd8\xff',
        {"Content-Type": "multipart/form-data; boundary=x"},
    ),
    "another content type": (b"<a/>", {"Content-Type": "application/xml"}),
}  # fmt: skip


NOW = datetime.now(UTC)
NO_ZONE = NOW.replace(tzinfo=None).isoformat()
AHEAD = (NOW + timedelta(days=1)).isoformat()
SWAPPED = {"lat": 105.7785, "lon": 19.806}


def a_call(**change: Any) -> dict[str, Any]:
    return good_call() | change


def reading(**change: Any) -> dict[str, Any]:
    good = {"id": "r1", "kind": "traffic.speed", "key": "tram", "value": 1.0, "unit": "km/h", "at": NOW.isoformat()}
    return good | change


def position(**change: Any) -> dict[str, Any]:
    return {"lat": 19.806, "lon": 105.7785, "at": NOW.isoformat()} | change


def action(verb: str, **more: Any) -> dict[str, Any]:
    return {"action": verb, **more}


def a_person(**change: Any) -> dict[str, Any]:
    return {"username": "ai.do", "password": "một mật khẩu để thử 1", "name": "N", "role": "operator"} | change


CALLS, READINGS, UNITS, PEOPLE, SESSION = (
    f"/api/v1/{name}" for name in ("calls", "observations", "units/positions", "people", "session")
)
ACTIONS = "/api/v1/incidents/{incident_id}/actions"
REPORT, UNIT = "/api/v1/reports/{report_id}", "/api/v1/units/{unit_id}"
OPERATOR = "operator"

# path (with ids to fill in), who, body, and a word of the field that the refusal must name.
BODIES_OF: dict[str, tuple[str, str, Any, str]] = {
    "call: lat and lon exchanged": (CALLS, OPERATOR, a_call(location=SWAPPED), "location"),
    "call: off the earth": (CALLS, OPERATOR, a_call(location={"lat": 95, "lon": 400}), "location"),
    "call: time without a zone": (CALLS, OPERATOR, a_call(received_at=NO_ZONE), "received_at"),
    "call: time to come": (CALLS, OPERATOR, a_call(received_at=AHEAD), "received_at"),
    "call: day that is none": (CALLS, OPERATOR, a_call(received_at="2026-02-30T10:00:00Z"), "received_at"),
    "call: unknown field": (CALLS, OPERATOR, a_call(severity=5), "severity"),
    "call: unknown field inside": (CALLS, OPERATOR, a_call(caller={"cccd": "1"}), "cccd"),
    "call: no service": (CALLS, OPERATOR, {"narrative": "cháy"}, "number_dialled"),
    "call: another number": (CALLS, OPERATOR, a_call(number_dialled="911"), "number_dialled"),
    "call: too much said": (CALLS, OPERATOR, a_call(narrative="a" * 5000), "narrative"),
    "call: unknown kind": (CALLS, OPERATOR, a_call(category="ufo"), "category"),
    "call: by a device too": (CALLS, "device", a_call(location=SWAPPED), "location"),
    "step: unknown": (f"{CALLS}/{{id}}/states", OPERATOR, {"state": "flying"}, "state"),
    "step: no zone": (f"{CALLS}/{{id}}/states", OPERATOR, {"state": "dispatched", "at": NO_ZONE}, "at"),
    "transfer: no answer": (f"{CALLS}/{{id}}/transfer-answer", OPERATOR, {"answer": "maybe"}, "answer"),
    "reading: no zone": (READINGS, "device", reading(at=NO_ZONE), "at"),
    "reading: years to come": (READINGS, "device", reading(at="9999-12-31T23:59:59Z"), "at"),
    "reading: a word for a value": (READINGS, "device", reading(value="71,5"), "value"),
    "reading: unknown field": (READINGS, "device", reading(lat=1), "0"),
    "reading: no kind": (READINGS, "device", reading(kind="Noise Level"), "kind"),
    "readings: too many": (READINGS, "device", [reading(id=str(n)) for n in range(1001)], ""),
    "unit: exchanged": (f"{UNIT}/position", "device", position(**SWAPPED), "lat"),
    "unit: no zone": (f"{UNIT}/position", "device", position(at=NO_ZONE), "at"),
    "unit: turning too far": (f"{UNIT}/position", "device", position(heading_deg=400), "heading_deg"),
    "units: exchanged": (UNITS, "device", {"positions": [position(unit="ca-01", **SWAPPED)]}, "lat"),
    "units: stranger": (UNITS, "device", {"positions": [position(unit="khong-co")]}, "unit"),
    "unit state: unknown": (f"{UNIT}/state", "device", {"state": "asleep"}, "state"),
    "unit state: no zone": (f"{UNIT}/state", "device", {"state": "available", "at": NO_ZONE}, "at"),
    "action: unknown": (ACTIONS, OPERATOR, action("delete", version=1), "action"),
    "action: version nought": (ACTIONS, OPERATOR, action("take", version=0), "version"),
    "action: version of 30 digits": (ACTIONS, OPERATOR, action("take", version=10**30), ""),
    "action: exchanged": (ACTIONS, OPERATOR, action("locate", version=1, lonlat=[19.806, 105.7785]), "lonlat"),
    "action: no such unit": (ACTIONS, OPERATOR, action("assign", version=1, unit="x"), "unit"),
    "action: unknown field": (ACTIONS, OPERATOR, action("take", version=1, by="x"), "by"),
    "person: taken": (PEOPLE, "admin", a_person(username="nguoi.thu"), ""),
    "person: role of a wall": (PEOPLE, "admin", a_person(role="wall"), "role"),
    "person: weak password": (PEOPLE, "admin", a_person(password="12345678"), "password"),
    "key: for ever": ("/api/v1/devices", "admin", {"kind": "wall", "name": "x", "days": 10**9}, "days"),
    "key: simulated": ("/api/v1/devices", "admin", {"kind": "device", "name": "x", "simulated": True}, "simulated"),
    "session: more than that": (SESSION, "anyone", {"username": "a", "password": "b", "role": "admin"}, "role"),
    "publication: unknown field": (f"{REPORT}/publish", OPERATOR, {"text": "x", "force": True}, "force"),
    "publication: a phone number": (f"{REPORT}/publish", OPERATOR, {"text": "gọi 0912 345 678"}, "text"),
    "rejection: no reason": (f"{REPORT}/reject", OPERATOR, {"reason": ""}, "reason"),
}  # fmt: skip


REPORTS: dict[str, dict[str, str]] = {
    "exchanged": {"lat": "105.7785", "long": "19.806"},
    "off the earth": {"lat": "95", "long": "400"},
    "one half of a place": {"long": ""},
    "NaN": {"lat": "NaN"},
    "infinite": {"lat": "1e999"},
    "hexadecimal": {"lat": "0x13"},
    "full-width digits": {"lat": "１９.8"},
    "no kind": {"service_code": ""},
    "unknown kind": {"service_code": "khong-co"},
    "unknown field": {"priority": "1"},
    "another city": {"jurisdiction_id": "ky-anh"},
    "too long": {"description": "a" * 4001},
    "a phone that is none": {"phone": "gọi tôi nhé"},
    "an address that is none": {"email": "tôi@"},
    "a link to a script": {"media_url": "javascript:alert(1)"},
    "an id that is none": {"service_request_id": "../../etc/passwd"},
}


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, pixels: bytes = b"") -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(pixels, 9)) + chunk(b"IEND", b"")


def saved(kind: str, size: tuple[int, int] = (64, 64)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, kind)
    return out.getvalue()


def wide_jpeg() -> bytes:
    """A small picture that says it has 65,000 x 65,000 points."""
    good = saved("JPEG")
    at = good.index(b"\xff\xc0") + 5
    return good[:at] + struct.pack(">HH", 65000, 65000) + good[at + 4 :]


IMAGES: dict[str, Callable[[], bytes]] = {
    "50,000 x 50,000 and no pixels": lambda: png(50_000, 50_000),
    "50,000 x 50,000 of noughts": lambda: png(50_000, 50_000, bytes(20 * MIB)),
    "a bomb within the limit": lambda: png(7000, 7000, bytes(7000 * (7000 * 3 + 1))),
    "no width": lambda: png(0, 100),
    "a JPEG that says more than it has": wide_jpeg,
    "half a JPEG": lambda: photo()[: len(photo()) // 2],
    "a JPEG's first bytes": lambda: b"\xff\xd8\xff\xe0",
    "a page that calls itself JPEG": lambda: b"<html><script>alert(1)</script></html>",
    "a drawing with a script": lambda: b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    "a GIF": lambda: saved("GIF"),
    "a PDF": lambda: b"%PDF-1.7\n1 0 obj <<>> endobj",
    "a TIFF": lambda: saved("TIFF"),
    "a WebP that breaks off": lambda: saved("WEBP")[:40],
    "a program": lambda: b"\x7fELF" + bytes(100),
    "more than 10 MB": lambda: saved("JPEG") + bytes(10_000_001),
}
