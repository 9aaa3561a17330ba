"""The peer of the ingest: what it answered for is committed, and what it refuses is not there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from bench.children import helper, listens
from bench.samples import call_body, readings_body
from ioc.host.ports import free_port
from tests.servers import Postgres, wait_until

NOTE = {"where": "Cầu Hoàng Long", "number": 1, "sent": 0.0, "lon": 105.8, "lat": 19.83}
JSON = {"Content-Type": "application/json"}


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/core.db"
        return
    server: Postgres = request.getfixturevalue("postgres")
    yield server.create("core_peer")
    server.drop("core_peer")


def count(url: str, table: str) -> int:
    engine = sa.create_engine(sa.make_url(url.replace("postgresql:", "postgresql+psycopg:")))
    with engine.connect() as connection:
        found = connection.execute(sa.text(f"select count(*) from {table}")).scalar_one()  # noqa: S608
    engine.dispose()
    return int(found)


@contextmanager
def peer(url: str) -> Iterator[httpx.Client]:
    port = free_port()
    with helper("bench.plain_sqlalchemy", port, url):
        wait_until(lambda: listens(port), "the peer listens")
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60) as http:
            yield http


def test_what_is_answered_for_is_committed(empty_url: str):
    with peer(empty_url) as http:
        assert http.post("/api/v1/notes", json={"notes": [NOTE, NOTE]}).status_code == 201
        assert http.post("/api/v1/calls", content=call_body(1), headers=JSON).status_code == 201
        assert count(empty_url, "event") == 3
        body = readings_body(0, 5)
        for _ in range(2):
            assert http.post("/api/v1/observations", content=body, headers=JSON).json() == {"accepted": 5}
        assert count(empty_url, "reading") == 5
        assert http.post("/api/v1/notes", json={"notes": [NOTE | {"lat": 200}]}).status_code == 422
        assert count(empty_url, "event") == 3
