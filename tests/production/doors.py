"""Every door of a city that takes something, found in its own description, and what a refusal must look like."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

import httpx

from tests.production.installation import Installation
from tests.production.people import Desk, Visitor

WITHIN_S = 2.0
PROBLEM = "application/problem+json"
TAKES_NO_BODY = ("/unpublish",)  # whatever is sent with it is not looked at
_INSIDE = ("Traceback", "sqlalchemy", "psycopg", "pydantic", "msgspec", "/ioc/", "site-packages", "SELECT ")


@dataclass(frozen=True)
class Door:
    """One operation that changes something, with real ids in its path, and who may use it."""

    method: str
    path: str
    who: str


@dataclass(frozen=True)
class Callers:
    """Those who knock, each with every right the door asks for: what is refused is refused for its content."""

    city: Installation
    desk: Desk
    admin: Visitor

    def caller(self, who: str) -> Visitor:
        return {"device": self.desk.device, "operator": self.desk.operator, "admin": self.admin}.get(who) or Visitor(
            self.city
        )

    def knock(self, door: Door, **options: Any) -> httpx.Response:
        """Sends it; what took too long is sent once more, for this machine has other work too."""
        for _ in range(2):
            begin = time.monotonic()
            answer = self.caller(door.who).request(door.method, door.path, **options)
            if time.monotonic() - begin <= WITHIN_S:
                return answer
        raise AssertionError(f"{door} took longer than {WITHIN_S} s twice")


def doors(city: Installation, ids: dict[str, str]) -> Iterator[Door]:
    """Every POST, PUT and PATCH of the description."""
    paths = Visitor(city).get("/openapi.json").json()["paths"]
    for path, operations in paths.items():
        for method in ("post", "put", "patch"):
            if method in operations and not path.endswith(TAKES_NO_BODY):
                roles = operations[method]["x-roles"]
                who = next((role for role in ("anyone", "operator", "device", "admin") if role in roles), "admin")
                yield Door(method.upper(), _filled(path, ids), who)


def _filled(path: str, ids: dict[str, str]) -> str:
    if path.startswith("/api/v1/units/{id}"):
        return path.replace("{id}", ids["unit_id"])
    return path.format_map(ids)


def faults(answer: httpx.Response) -> Iterator[str]:
    """What is wrong with a refusal; nothing where it is as promised."""
    if not 400 <= answer.status_code < 500:
        yield f"status {answer.status_code}: {answer.text[:200]}"
        return
    yield from (f"tells {word}" for word in _INSIDE if word in answer.text)
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if kind == PROBLEM:
        yield from _faults_of_problem(answer)
    elif answer.request.url.path.startswith("/open311/"):
        yield from _faults_of_open311(answer, kind)
    elif not (answer.request.url.path.startswith("/report") and kind == "text/html" and "</html>" in answer.text):
        yield f"a refusal of type {kind}"


def _faults_of_problem(answer: httpx.Response) -> Iterator[str]:
    said = answer.json()
    if said.get("status") != answer.status_code or not said.get("trace"):
        yield f"the document says {said}"
    pairs = [
        (said.get("title"), said.get("title_en")),
        *((one.get("vi"), one.get("en")) for one in said.get("errors", [])),
    ]
    if "detail" in said:
        pairs.append((said["detail"], said.get("detail_en")))
    yield from (f"not in both languages: {pair}" for pair in pairs if not all(pair))


def _faults_of_open311(answer: httpx.Response, kind: str) -> Iterator[str]:
    if kind == "application/json":
        told = [(one["code"], one["description"]) for one in answer.json()]
    else:
        errors = ElementTree.fromstring(answer.content).findall("error")  # noqa: S314 - our own answer
        told = [(int(one.findtext("code", "0")), one.findtext("description", "")) for one in errors]
    if not told or any(code != answer.status_code or " / " not in text for code, text in told):
        yield f"the list of errors says {told}"
