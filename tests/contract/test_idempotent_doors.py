"""Every operation that changes something takes an `Idempotency-Key`, or is named here with the reason why not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from ioc.api.frame import create_api
from ioc.api.openapi import describe
from ioc.auth import Auth, AuthSettings
from ioc.host.discovery import find_modules
from ioc.settings import Settings

METHODS = ("post", "put", "patch", "delete")
CITY_DIR = Path(__file__).resolve().parents[2] / "cities" / "thanh-hoa"

_LOOK = "it shows a picture and keeps only which was shown last; each look is a line of the audit chain, also a second"
_SAME = "what it names is so afterwards, however often it is sent, and the answer has no body"
_BY_CONTENT = "what is sent is known again by itself: kept once, answered alike"

# The decision (0050) tells the same.
WITHOUT = {
    "POST /api/v1/session": "it opens a session; its answer is a credential, which is kept nowhere",
    "DELETE /api/v1/session": _SAME,
    "PATCH /api/v1/people/{person_id}": _SAME,
    "DELETE /api/v1/devices/{key_id}": _SAME,
    "POST /api/v1/observations": _BY_CONTENT,
    "POST /api/v1/security/analytics": _BY_CONTENT,
    "POST /api/v1/releases/{id}/blurred": _LOOK,
    "POST /api/v1/reports/{report_id}/photo/blurred": _LOOK,
    "POST /api/v1/reports/{report_id}/photo/boxes": _LOOK,
    "POST /api/v1/evidence/{id}/original/{what}": _LOOK,
    "POST /report": "a form without JavaScript sends no header; its field `token` does the same",
    "POST /report/status": "it changes nothing: a code that was typed leads to its page",
    "POST /report/status/{code}/rating": "the first rating counts, every later one is answered alike",
}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    settings = Settings.model_construct(city_dir=CITY_DIR, state_dir=CITY_DIR)
    auth = Auth(cast(Any, None), AuthSettings(city="contract", secret=bytes(range(32))))
    return describe(create_api(settings, auth, find_modules().values()))


def changing(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every operation that is not only to read, by its name."""
    for path, operations in document["paths"].items():
        for method in METHODS:
            if method in operations:
                yield f"{method.upper()} {path}", operations[method]


def takes_key(operation: dict[str, Any]) -> bool:
    return any(
        one["in"] == "header" and one["name"].lower() == "idempotency-key" and not one.get("required")
        for one in operation.get("parameters", ())
    )


def without_key(document: dict[str, Any]) -> set[str]:
    return {name for name, operation in changing(document) if not takes_key(operation)}


def test_what_changes_something_takes_a_key_or_says_why_not(document: dict[str, Any]) -> None:
    assert without_key(document) - WITHOUT.keys() == set()


def test_nobody_is_excused_who_is_not_there_or_takes_a_key(document: dict[str, Any]) -> None:
    assert WITHOUT.keys() - without_key(document) == set()


def test_a_key_has_a_length_everywhere(document: dict[str, Any]) -> None:
    for name, operation in changing(document):
        for one in operation.get("parameters", ()):
            if one["name"] == "Idempotency-Key":
                shapes = one["schema"].get("anyOf", [one["schema"]])
                assert any(it.get("minLength") == 1 and it.get("maxLength") in (128, 200) for it in shapes), name


def test_a_door_without_a_key_would_be_named() -> None:
    bare = {"paths": {"/api/v1/x": {"post": {"parameters": [{"in": "query", "name": "Idempotency-Key"}]}, "get": {}}}}
    assert without_key(bare) == {"POST /api/v1/x"}
