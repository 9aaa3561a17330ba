"""Bad input gets a problem document in both languages, never a 5xx, and disturbs nobody."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from defusedxml import ElementTree
from fastapi.routing import iter_route_contexts
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ioc.api.hostile import MAX_DEPTH, refuse_json, too_deep
from ioc.api.problems import answer, document
from ioc.core.errors import FieldError, Problem
from ioc.core.text import Text
from tests.api.conftest import World

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

# After the families of JSONTestSuite: what must be refused, what may be, and what hides behind correct syntax.
CORPUS: dict[str, bytes] = {
    "empty": b"",
    "blank": b" ",
    "bom": b"\xef\xbb\xbf{}",
    "utf16": '{"a":1}'.encode("utf-16"),
    "utf32": '{"a":1}'.encode("utf-32"),
    "latin1": b'{"a":"\xe9"}',
    "overlong": b'{"a":"\xc0\xaf"}',
    "raw surrogate": b'{"a":"\xed\xa0\x80"}',
    "lone high": b'{"a":"\\ud800"}',
    "lone low": b'{"\\udc00":1}',
    "reversed pair": b'{"a":"\\udc00\\ud800"}',
    "lone after pair": b'{"a":"\\ud83d\\ude00\\ud83d"}',
    "nul escaped": b'{"a":"\\u0000"}',
    "nul raw": b'{"a":"\x00"}',
    "control raw": b'{"a":"\x01\n"}',
    "nan": b'{"a":NaN}',
    "infinity": b"[Infinity,-Infinity]",
    "too large a number": b'{"a":1e999}',
    "long integer": b'{"a":' + b"9" * 5000 + b"}",
    "long exponent": b'{"a":1E+' + b"9" * 400 + b"}",
    "leading zero": b'{"a":012}',
    "hex": b'{"a":0x1}',
    "plus": b"[+1]",
    "dot": b"[.5,1.]",
    "comment": b'{"a":1}/**/',
    "trailing comma": b"[1,]",
    "single quotes": b"{'a':1}",
    "no quotes": b"{a:1}",
    "unclosed string": b'{"a":"',
    "unclosed escape": b'{"a":"\\',
    "bad escape": b'{"a":"\\x00"}',
    "short unicode": b'{"a":"\\u12"}',
    "unclosed object": b'{"a":1',
    "extra close": b"{}}",
    "mismatched": b"[}",
    "two values": b"{}{}",
    "deep lists": b"[" * 100_000,
    "deep closed": b"[" * 5_000 + b"]" * 5_000,
    "deep objects": b'{"a":' * 100_000,
    "deep mixed": b'[{"a":' * 50_000,
    "wide": b"[" + b"[]," * 100_000 + b"[]]",
    "quotes only": b'"' * 100_001,
    "escaped quotes": b"[" + b'\\"' * 100_000,
    "null": b"null",
    "true": b"true",
    "number": b"1",
    "string": '"Đường Lê Lợi"'.encode(),
    "list": b"[]",
    "list of null": b"[null]",
    "object": b"{}",
    "duplicate names": b'{"username":"a","username":"b","password":1}',
    "prototype": b'{"__proto__":{"admin":true},"constructor":1}',
    "unknown field": b'{"unknown":1}',
    "long name": b'{"' + b"a" * 100_000 + b'":1}',
    "bidi": '{"a":"\u202e\u2066"}'.encode(),
    "nfd": '{"a":"Đường Lê Lợi"}'.encode(),
}


def posts(world: World) -> list[tuple[str, str]]:
    return [
        (method, (found.path or "").replace("{", "").replace("}", ""))
        for found in iter_route_contexts(world.app.routes)
        for method in sorted(found.methods or ())
        if method in {"POST", "PUT", "PATCH"}
    ]


def check(answer: httpx.Response, what: str) -> None:
    assert 200 <= answer.status_code < 500, f"{what}: {answer.status_code} {answer.text[:300]}"
    if answer.headers.get("content-type", "").startswith("application/problem+json"):
        problem = json.loads(answer.content.decode("utf-8"))
        assert problem["title"]
        assert problem["title_en"]
        assert problem["status"] == answer.status_code
        assert problem["trace"] == answer.headers["x-request-id"]
        for word in ("Traceback", "sqlalchemy", "/ioc/", "site-packages"):
            assert word not in answer.text


@pytest.mark.parametrize("role", ["admin", "device"])
async def test_hostile_json_is_never_a_server_error(world: World, role: str) -> None:
    async with world.client(role) as client:
        for method, path in posts(world):
            for name, body in CORPUS.items():
                for headers in (JSON, FORM):
                    answer = await client.request(method, path, content=body, headers=headers)
                    check(answer, f"{method} {path} {name} {headers}")
        assert (await client.get("/healthz")).status_code == 200


HOSTILE_VALUES: list[Any] = [
    None, True, -1, 10**30, 1.5, 1e308, "", " ", "a" * 5000, "Nguyễn", "N\u0303", "\u202e", "'; drop table event; --",
    "2026-01-01T00:00:00", "9999-12-31T23:59:60Z", "0000-00-00", [], [None], {}, {"a": {}}, [[1, 2], [3, 4]],
]  # fmt: skip


async def test_hostile_values_in_known_fields_are_never_a_server_error(world: World) -> None:
    fields = ["username", "password", "name", "role", "modules", "kind", "days", "id", "key", "value", "unit", "at"]
    fields += ["lonlat", "lat", "long", "text", "action", "version", "service_code", "caller", "place", "disabled"]
    async with world.client("admin") as client:
        for method, path in posts(world):
            for value in HOSTILE_VALUES:
                body = json.dumps(dict.fromkeys(fields, value)).encode()
                check(await client.request(method, path, content=body, headers=JSON), f"{path} {value!r}")


async def test_hostile_queries_are_never_a_server_error(world: World) -> None:
    paths = {f.path or "" for f in iter_route_contexts(world.app.routes) if "GET" in (f.methods or ())}
    values = ["", "NaN", "1e999", "-1", "9" * 400, "%ff", "%ed%a0%80", "%00", "'", "2026-01-01T00:00:00", "a,b,c,d"]
    values += ["0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00", "180,90,-180,-90", "1,2,3"]
    names = ["bbox", "since", "until", "severity", "before", "limit", "module", "type", "status", "kind", "datetime"]
    async with world.client("admin") as client:
        for path in sorted(paths - {"/readyz", "/", "/wall", "/console", "/login"}):
            for value in values:
                query = "&".join(f"{name}={value}" for name in names)
                check(await client.get(f"{path.replace('{', '').replace('}', '')}?{query}"), f"{path} {value}")


async def test_mistakes_are_named_by_field_in_both_languages(world: World) -> None:
    given = {"username": "ab", "role": "root", "x\ud800y": 1}
    body = json.dumps(given).replace("\\ud800", "").encode()
    async with world.client("admin") as client:
        answer = await client.post("/api/v1/people", content=body, headers=JSON)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == "urn:ioc:problem:bad-input"
    assert {e["field"] for e in problem["errors"]} == {"username", "role", "name", "password", "xy"}
    assert all(e["vi"] and e["en"] for e in problem["errors"])


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("PUT", "/healthz", 405), ("GET", "/api/v1/people", 401), ("GET", "/%00", 400)],
)
async def test_plain_refusals_are_problems_too(world: World, method: str, path: str, status: int) -> None:
    async with world.client() as client:
        answer = await client.request(method, path)
    assert answer.status_code == status
    check(answer, path)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_unexpected_error_tells_only_its_trace(world: World) -> None:
    class Broken:
        def __getattr__(self, name: str) -> object:
            raise RuntimeError("số 0912345678 của ông A")

    world.app.state.store = Broken()
    async with world.client() as client:
        answer = await client.get("/api/v1/events", headers={"X-Request-Id": "trace-12345"})
    assert answer.status_code == 500
    assert answer.json()["trace"] == "trace-12345" == answer.headers["x-request-id"]
    assert "0912345678" not in answer.text
    assert "RuntimeError" not in answer.text


@given(st.text(), st.text(), st.text())
def test_any_text_can_be_told(title: str, detail: str, field: str) -> None:
    both = Text(title, detail)
    problem = Problem("x", both, 422, both, (FieldError(field, both),))
    sent = answer(problem, {"path": "/x", "state": {"trace": "t"}}).body
    assert json.loads(bytes(sent).decode("utf-8")) == document(problem, "t")


@given(st.text(), st.booleans())
def test_any_text_can_be_told_to_an_open311_client(text: str, as_xml: bool) -> None:
    both = Text(text, text)
    path = f"/open311/v2/requests.{'xml' if as_xml else 'json'}"
    sent = answer(Problem("x", both, 422, both, (FieldError(text, both),)), {"path": path})
    assert sent.status_code == 400
    if as_xml:
        assert ElementTree.fromstring(bytes(sent.body)).findtext("error/code") == "400"
    else:
        assert json.loads(bytes(sent.body).decode())[0]["code"] == 400


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status"),
    [
        ("GET", "/open311/v2/requests/%00.json", {}, b"", 400),
        ("GET", "/open311/v2/requests.json?status=%00", {}, b"", 400),
        ("GET", "/open311/v2/nowhere.json", {}, b"", 404),
        ("DELETE", "/open311/v2/requests.json", {}, b"", 405),
        ("POST", "/open311/v2/requests.json", FORM | {"Content-Encoding": "gzip"}, b"\x1f\x8b", 415),
        ("POST", "/open311/v2/requests.json", FORM, b"service_code=traffic&description=%00", 400),
        ("POST", "/open311/v2/requests.json", JSON, b'{"lat":1,"lat":2}', 400),
    ],
)
@pytest.mark.parametrize("ending", ["json", "xml"])
async def test_open311_clients_read_every_refusal_as_the_standard_has_it(
    world: World, method: str, path: str, headers: dict[str, str], body: bytes, status: int, ending: str
) -> None:
    async with world.client() as client:
        answer = await client.request(method, path.replace(".json", f".{ending}"), headers=headers, content=body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == f"application/{ending}; charset=utf-8"
    if ending == "json":
        (error,) = answer.json()
    else:
        (element,) = ElementTree.fromstring(answer.content)
        error = {"code": int(element.findtext("code") or 0), "description": element.findtext("description")}
    assert error["code"] == status
    assert " / " in error["description"]


async def test_the_accept_header_decides_where_the_address_says_nothing(world: World) -> None:
    async with world.client() as client:
        answer = await client.get("/open311/v2/%00", headers={"Accept": "text/xml"})
    assert ElementTree.fromstring(answer.content).findtext("error/code") == "400"


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":1,"a":1}',
        b'{"a":1,"\\u0061":2}',
        b'[{"b":{"a":1,"c":2,"a":3}}]',
        b'{"a":' + b"9" * 5000 + b',"a":1}',
        b'{"a":"\t","a":1}',
    ],
)
def test_a_name_that_stands_twice_is_refused(body: bytes) -> None:
    assert refuse_json(body) is not None


def test_a_name_may_stand_in_many_objects() -> None:
    assert refuse_json(b'[{"a":1,"b":{"a":2}},{"a":3}]') is None


async def test_a_door_refuses_a_body_with_a_name_given_twice(world: World) -> None:
    async with world.client() as client:
        answer = await client.post("/api/v1/session", content=b'{"username":"a","username":"b"}', headers=JSON)
    assert answer.status_code == 400
    assert "hai lần" in answer.json()["detail"]


TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=30,
)


@given(TREES, st.booleans())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_honest_json_passes_the_guard(tree: Any, escaped: bool) -> None:
    text = json.dumps(tree, ensure_ascii=escaped)
    honest = "\x00" not in text and "\\u0000" not in text.replace("\\\\", "")
    halves = any(0xD800 <= ord(c) <= 0xDFFF for c in json.dumps(tree, ensure_ascii=False))
    if honest and not halves:
        assert refuse_json(text.encode()) is None


@given(st.integers(1, 3 * MAX_DEPTH), st.booleans(), st.lists(st.sampled_from(['"[[["', '"{\\"["', "1", "[]", "{}"])))
def test_depth_is_counted_outside_strings(depth: int, closed: bool, inside: list[str]) -> None:
    body = b"[" * depth + ",".join(inside).encode() + (b"]" * depth if closed else b"")
    deepest = depth + (1 if {"[]", "{}"} & set(inside) else 0)
    refused = refuse_json(body) is not None
    if closed or not depth <= MAX_DEPTH < deepest:  # what never closes is counted apart; no parser takes it anyway
        assert refused is (deepest > MAX_DEPTH)


@pytest.mark.parametrize("brackets", [b"][" * 1_000_000, b"]" * 1_000_000 + b"[", b"[]" * 1_000_000])
def test_brackets_side_by_side_are_not_deep(brackets: bytes) -> None:
    assert not too_deep(brackets)
