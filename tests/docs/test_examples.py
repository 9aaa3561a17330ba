"""The examples of the pages work: each `curl` is sent to a running city and answered well."""

from __future__ import annotations

import io
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote

import httpx
import pytest
from PIL import Image

from tests.docs.conftest import ROOT, shell
from tests.running import IOC, City, running_city

_PAGES = ("run-the-demo.md", "send-reports-with-open311.md", "connect-units-and-devices.md")
# The shell expands the words of each call; no curl is needed, and none runs.
_SHOW = "curl() { printf '%s\\0' \"$@\"; printf '\\036'; }\n"


class Call(NamedTuple):
    """One call of `curl`, its words as the shell expanded them."""

    page: str
    words: tuple[str, ...]


@pytest.fixture(scope="module")
def city() -> Iterator[City]:
    with running_city("--quiet") as started:
        yield started


@pytest.fixture(scope="module")
def key(city: City) -> str:
    command = [IOC, "people", "key", "device", "Xe cấp cứu 115", "--state", str(city.state)]
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout.strip()


@pytest.fixture(scope="module")
def report(city: City) -> str:
    sent = city.post("/open311/v2/requests.json", data={"service_code": "flooding", "description": "Nước ngập"})
    return str(sent.json()[0]["service_request_id"])


@pytest.mark.parametrize("page", _PAGES)
@pytest.mark.timeout(600)
def test_every_example_of_a_page_is_answered_well(page: str, city: City, key: str, report: str) -> None:
    calls = list(_calls(page, key))
    assert calls
    for call in calls:
        answer = _send(call, city, report)
        assert answer.status_code < 300, f"{' '.join(call.words)}\n{answer.text}"


def _calls(page: str, key: str) -> Iterator[Call]:
    for text in shell(ROOT / "docs" / "how-to" / page):
        if re.search(r"^curl ", text, re.M):
            shown = subprocess.run(
                ["bash", "-c", _SHOW + text], check=True, capture_output=True, text=True, env=os.environ | {"KEY": key}
            )
            for words in shown.stdout.split("\x1e")[:-1]:
                yield Call(page, tuple(words.split("\0")[:-1]))


def _send(call: Call, city: City, report: str) -> httpx.Response:
    words, method, path = list(call.words), "GET", ""
    headers: dict[str, str] = {}
    body: list[str] = []
    parts: list[tuple[str, Any]] = []
    while words:
        match words.pop(0):
            case "-X":
                method = words.pop(0)
            case "-H":
                name, _, value = words.pop(0).partition(": ")
                headers[name] = value
            case "-d":
                body.append(words.pop(0))
            case "--data-urlencode":
                name, _, value = words.pop(0).partition("=")
                body.append(f"{name}={quote(value)}")
            case "-F":
                parts.append(_part(words.pop(0)))
            case url:
                path = re.sub(r"^http://127\.0\.0\.1:\d+", "", url).replace("/ID.", f"/{report}.")
    content: dict[str, Any] = {"files": parts} if parts else {}
    if body and "Content-Type" in headers:
        content = {"content": "".join(body).encode()}
    elif body:
        content = {"data": dict(parse_qsl("&".join(body)))}
    return httpx.request(method, city.url + path, headers=headers, timeout=10, trust_env=False, **content)


def _part(text: str) -> tuple[str, Any]:
    name, _, value = text.partition("=")
    if not value.startswith("@"):
        return name, (None, value)
    picture = io.BytesIO()
    Image.new("RGB", (640, 480), (90, 120, 90)).save(picture, "JPEG")
    return name, (Path(value[1:]).name, picture.getvalue(), "image/jpeg")
