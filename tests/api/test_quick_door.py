"""The quick door answers as the ordinary way does, takes only the everyday request, and leaves all else to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import httpx
import pytest
from starlette.types import Receive

from ioc.api.buckets import Rate
from ioc.api.limits import Sizes
from ioc.api.quick_door import QuickDoor
from ioc.api.who import Rates
from ioc.settings import Settings
from ioc.store import StoreUnavailable
from tests.api.conftest import PLENTY, World, build
from tests.api.test_observations import PATH, kept, reading

Headers = list[tuple[bytes, bytes]]


class Watched:
    """An application that counts who comes by, with the state of the one behind it."""

    def __init__(self, app: Any) -> None:
        self._app, self.state, self.asked = app, app.state, 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked += 1
        await self._app(scope, receive, send)


async def posted(app: Any, world: World, content: bytes, **headers: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 4321))
    given = {"Authorization": f"Bearer {world.tokens['device']}", "Content-Type": "application/json"} | headers
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        return await client.post(PATH, content=content, headers=given)


async def test_the_everyday_request_is_answered_in_the_same_words(world: World) -> None:
    ordinary = Watched(world.app)
    batch = json.dumps([reading(id=f"trạm/{n}") for n in range(3)], ensure_ascii=False).encode()
    given = {"x-request-id": "thiet-bi-0001"}
    quick = await posted(QuickDoor(ordinary), world, batch, **given)  # type: ignore[arg-type]
    assert ordinary.asked == 0, "the quick door took it"
    slow = await posted(world.app, world, batch, **given)
    assert (quick.status_code, quick.json()) == (slow.status_code, slow.json()) == (202, {"accepted": 3, "refused": []})
    assert dict(quick.headers) == dict(slow.headers)
    assert len(await kept(world)) == 3, "the second was a repeat"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Authorization": "Bearer nobody.knows.this"}, 401),
        ({"Host": "evil.example"}, 421),
        ({"X-Forwarded-For": "10.0.0.1"}, 202),
        ({"Content-Encoding": "gzip"}, 415),
        ({"Cookie": "ioc-session-ky-anh=x", "Origin": "http://evil.example"}, 403),
    ],
)
async def test_what_is_not_everyday_is_left_to_the_ordinary_way(
    world: World, headers: dict[str, str], status: int
) -> None:
    ordinary = Watched(world.app)
    answer = await posted(QuickDoor(ordinary), world, json.dumps(reading()).encode(), **headers)  # type: ignore[arg-type]
    assert (answer.status_code, ordinary.asked) == (status, 1)


async def test_a_wall_may_not_send_readings(world: World) -> None:
    answer = await posted(
        QuickDoor(world.app), world, json.dumps(reading()).encode(), Authorization=f"Bearer {world.tokens['wall']}"
    )
    assert answer.status_code == 403
    assert answer.json()["title_en"]


async def test_a_store_that_is_away_is_told_and_nothing_is_said_to_be_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> int:
        raise StoreUnavailable("no disk")

    monkeypatch.setattr(world.store.observations, "write_stored", away)
    answer = await posted(QuickDoor(world.app), world, json.dumps(reading()).encode())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert "accepted" not in answer.json()


async def test_a_call_is_counted_once_whichever_way_it_goes(world: World, settings: Settings) -> None:
    app = await build(world.store, world.auth, settings, Rates(PLENTY, PLENTY, Rate(0.001, 3)))
    unusual = json.dumps([reading(id="1"), reading(id="2", value="x")]).encode()
    answers = [(await posted(QuickDoor(app), world, unusual)).status_code for _ in range(4)]
    assert answers == [202, 202, 202, 429]


async def test_a_body_in_pieces_is_taken_whole(world: World) -> None:
    ordinary = Watched(world.app)
    body = json.dumps([reading(id=str(n)) for n in range(50)], ensure_ascii=False).encode()
    pieces = [body[at : at + 700] for at in range(0, len(body), 700)]
    assert await in_pieces(QuickDoor(ordinary), world, piece_by_piece(pieces), len(body)) == 202  # type: ignore[arg-type]
    assert ordinary.asked == 0
    assert len(await kept(world)) == 50
    assert world.app.state.held.held == 0


async def test_the_rest_that_never_comes_is_left_to_the_ordinary_way(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ioc.api.quick_door.REST_S", 0.05)
    ordinary = Watched(world.app)
    asked = asyncio.create_task(in_pieces(QuickDoor(ordinary), world, piece_by_piece([b"[", b""], last=False), 100))  # type: ignore[arg-type]
    async with asyncio.timeout(5):
        while not ordinary.asked:
            await asyncio.sleep(0)
    asked.cancel()
    with suppress(asyncio.CancelledError):
        await asked
    assert world.app.state.held.held == 0


async def test_a_trickled_body_has_one_limit_in_all(
    world: World, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ioc.api.quick_door.REST_S", 0.3)
    monkeypatch.setattr("ioc.api.frame.Sizes", lambda: Sizes(body_within_s=0.3, drained_within_s=0.01))
    ordinary = Watched(await build(world.store, world.auth, settings, Rates(PLENTY, PLENTY, PLENTY)))
    after = 0

    async def piece() -> dict[str, Any]:
        nonlocal after
        after += ordinary.asked
        await asyncio.sleep(0.005)  # such a sender's own pace
        return {"type": "http.request", "body": b" ", "more_body": True}

    assert await in_pieces(QuickDoor(ordinary), world, piece, 1_000_000) == 408  # type: ignore[arg-type]
    assert after <= 5, "the ordinary way did not wait anew"


def piece_by_piece(pieces: Sequence[bytes], *, last: bool = True) -> Receive:
    """Gives a body in pieces; after the last one nothing more comes."""
    waiting = [
        {"type": "http.request", "body": piece, "more_body": not last or index < len(pieces) - 1}
        for index, piece in enumerate(pieces)
    ]

    async def receive() -> Any:
        return waiting.pop(0) if waiting else await asyncio.get_running_loop().create_future()

    return receive


async def in_pieces(app: Any, world: World, receive: Receive, size: int) -> int:
    """The status of an answer to a body that comes piece by piece."""
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    headers: Headers = [
        (b"host", b"127.0.0.1:8000"),
        (b"authorization", f"Bearer {world.tokens['device']}".encode()),
        (b"content-length", str(size).encode()),
    ]
    scope = {
        "type": "http",
        "method": "POST",
        "path": PATH,
        "raw_path": PATH.encode(),
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 4321),
        "scheme": "http",
        "server": ("127.0.0.1", 8000),
        "http_version": "1.1",
    }
    await app(scope, receive, send)
    return int(sent[0]["status"])
