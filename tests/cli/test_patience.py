"""A story waits for a city whose web service is starting again, and no longer than it says."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest

from ioc.cli.telling import PATIENCE_S, Patient
from ioc.core.text import Text
from ioc.host.ports import free_port

ANSWER = "Thành phố trả lời".encode()


class Door(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@contextmanager
def opens_late(port: int, refused: threading.Event) -> Iterator[None]:
    """A server that opens its port only once somebody was refused."""

    def serve() -> None:
        refused.wait(10)
        with HTTPServer(("127.0.0.1", port), Door) as server:
            server.handle_request()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield
    finally:
        thread.join(10)


def test_a_story_asks_again_until_the_city_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    refused, said = threading.Event(), list[str]()

    def tell(text: Text, *, quiet: bool) -> None:
        said.append(text.vi)
        refused.set()

    monkeypatch.setattr("ioc.cli.telling._tell", tell)
    port = free_port()
    with opens_late(port, refused), httpx.Client(transport=Patient(quiet=True)) as city:
        answer = city.get(f"http://127.0.0.1:{port}/api/v1/incidents")
    assert answer.content == ANSWER
    assert said == ["… thành phố không trả lời, thử lại", "· thành phố trả lời lại"]


def test_its_patience_is_a_minute_and_ends() -> None:
    assert PATIENCE_S == 60
    with (
        httpx.Client(transport=Patient(quiet=True, patience_s=0.6)) as city,
        pytest.raises(httpx.ConnectError),
    ):
        city.get(f"http://127.0.0.1:{free_port()}/")
