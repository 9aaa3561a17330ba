"""Cameras that want a login, refuse it, or send elsewhere: what is told, and that nobody else ever sees the login."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
from pathlib import Path

import psutil
import pytest

from streams.children import Nursery
from streams.messages import Plan, Report, Trouble
from streams.settings import USUAL_LIMITS
from tests.streams.cameras import mjpeg_camera, rtsp_camera
from tests.streams.test_decoders import heard, is_picture, is_trouble

CHALLENGE = '401 Unauthorized\r\nWWW-Authenticate: Basic realm="cam"'


@pytest.mark.parametrize("before", [b"", b"$\0\0\4abcd"], ids=["at once", "after a frame of media"])
@pytest.mark.parametrize("asks", [False, True], ids=["before the login", "once it has the login"])
async def test_a_camera_cannot_send_its_login_elsewhere(nursery: Nursery, asks: bool, before: bytes) -> None:
    asked: list[str] = []

    async def elsewhere(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append("elsewhere")
        writer.close()

    async def camera(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                number = head.partition("CSeq: ")[2].partition("\r\n")[0]
                asked.append(head.partition(" ")[0] + (" with login" if "Authorization" in head else ""))
                there = f"Location: rtsp://127.0.0.1:{other.sockets[0].getsockname()[1]}/x"
                answer = f"302 Found\r\n{there}" if "Authorization" in head or not asks else CHALLENGE
                answer = "200 OK\r\nPublic: DESCRIBE" if head.startswith("OPTIONS") else answer
                writer.write(before + f"RTSP/1.0 {answer}\r\nCSeq: {number}\r\n\r\n".encode())
        writer.close()

    async with (
        await asyncio.start_server(elsewhere, "127.0.0.1", 0) as other,
        await asyncio.start_server(camera, "127.0.0.1", 0) as server,
    ):
        port = server.sockets[0].getsockname()[1]
        plan = Plan(address=f"rtsp://viewer:s3cret@127.0.0.1:{port}/live", limits=USUAL_LIMITS)
        decoder = await nursery.decoder("cam-01", plan)
        assert (await heard(decoder, is_trouble))[-1].trouble is Trouble.ELSEWHERE
    assert "elsewhere" not in asked
    assert ("DESCRIBE with login" in asked) is asks


async def test_a_stream_that_refuses_the_login_says_so(nursery: Nursery) -> None:
    async def camera(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                number = head.partition("CSeq: ")[2].partition("\r\n")[0]
                answer = "200 OK" if head.startswith("OPTIONS") else CHALLENGE
                writer.write(f"RTSP/1.0 {answer}\r\nCSeq: {number}\r\n\r\n".encode())
        writer.close()

    async with await asyncio.start_server(camera, "127.0.0.1", 0) as server:
        for login in ("", "viewer:sai@"):
            address = f"rtsp://{login}127.0.0.1:{server.sockets[0].getsockname()[1]}/live"
            decoder = await nursery.decoder("cam-01", Plan(address=address, limits=USUAL_LIMITS))
            assert (await heard(decoder, is_trouble))[-1].trouble is Trouble.REFUSED


@pytest.mark.parametrize("asks", [False, True], ids=["before the login", "once it has the login"])
async def test_pictures_over_http_that_are_elsewhere_are_named_so_and_not_fetched(nursery: Nursery, asks: bool) -> None:
    asked: list[str] = []

    async def elsewhere(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append("elsewhere")
        writer.close()

    async def camera(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            asked.append("with login" if "Authorization" in head else "without")
            there = f"Location: http://127.0.0.1:{other.sockets[0].getsockname()[1]}/x"
            answer = f"302 Found\r\n{there}" if "Authorization" in head or not asks else CHALLENGE
            writer.write(f"HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        writer.close()

    async with (
        await asyncio.start_server(elsewhere, "127.0.0.1", 0) as other,
        await asyncio.start_server(camera, "127.0.0.1", 0) as server,
    ):
        address = f"http://viewer:s3cret@127.0.0.1:{server.sockets[0].getsockname()[1]}/live"
        decoder = await nursery.decoder("cam-01", Plan(address=address, limits=USUAL_LIMITS))
        assert (await heard(decoder, is_trouble))[-1].trouble is Trouble.ELSEWHERE
    assert "elsewhere" not in asked
    assert ("with login" in asked) is asks


FRESH = ', stale=true, nonce="fresh"'
STALE_AT = {
    "the second question": ("OPTIONS", ["asked", "old is good", "stale", "fresh is good"]),
    "once": ("", ["asked", "stale", "fresh is good"]),
    "once, after a question that was free": ("free", ["free", "asked", "stale", "fresh is good"]),
}


@pytest.mark.parametrize("at", STALE_AT)
async def test_a_stale_digest_challenge_is_answered_again(nursery: Nursery, tmp_path: Path, at: str) -> None:
    said: list[str] = []
    old_for, first = STALE_AT[at]

    async def gate(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Wants a login before the real camera; its first challenge is good for `old_for` only, the second as long as
        the connection lasts."""
        said.append("connected")
        inner_reader, inner = await asyncio.open_connection("127.0.0.1", camera.port)
        back = asyncio.create_task(_copied(inner_reader, writer))
        told = ""
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                method, nonce = head.partition(b" ")[0].decode(), _answered(head)
                free = method == "OPTIONS" and old_for == "free"
                if free or (nonce == "fresh" and told == FRESH) or (nonce == "old" and method == old_for):
                    said.append(f"{nonce} is good" if nonce else "free")
                    inner.write(_without_login(head).replace(b"/gate", b"/cam.mp4?play_count=1000"))
                    if method == "PLAY":
                        await _copied(reader, inner)  # from here on there are frames between the words
                    continue
                said.append("stale" if nonce else "asked")
                told = FRESH if nonce else ', nonce="old"'
                number = head.partition(b"CSeq: ")[2].partition(b"\r\n")[0].decode()
                challenge = f'WWW-Authenticate: Digest realm="cam"{told}'
                writer.write(f"RTSP/1.0 401 Unauthorized\r\nCSeq: {number}\r\n{challenge}\r\n\r\n".encode())
        back.cancel()
        inner.close()
        writer.close()

    with rtsp_camera(tmp_path) as camera:
        async with await asyncio.start_server(gate, "127.0.0.1", 0) as server:
            address = f"rtsp://viewer:s3cret@127.0.0.1:{server.sockets[0].getsockname()[1]}/gate"
            decoder = await nursery.decoder("cam-01", Plan(address=address, limits=USUAL_LIMITS))
            heard_of = await heard(decoder, is_picture)
            assert not any(map(is_trouble, heard_of))
            camera.kill()
            last = (await heard(decoder, is_trouble))[-1]
            assert isinstance(last, Report) and last.trouble is Trouble.ENDED, "it did not refuse the login"
    assert said[: 1 + len(first)] == ["connected", *first]
    assert said.count("connected") == 1


async def test_a_challenge_that_is_always_stale_is_a_refused_login(nursery: Nursery) -> None:
    asked: list[str] = []

    async def camera(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                asked.append(_answered(head))
                number = head.partition(b"CSeq: ")[2].partition(b"\r\n")[0].decode()
                challenge = f'WWW-Authenticate: Digest realm="cam", stale=true, nonce="{len(asked)}"'
                writer.write(f"RTSP/1.0 401 Unauthorized\r\nCSeq: {number}\r\n{challenge}\r\n\r\n".encode())
        writer.close()

    async with await asyncio.start_server(camera, "127.0.0.1", 0) as server:
        address = f"rtsp://viewer:s3cret@127.0.0.1:{server.sockets[0].getsockname()[1]}/live"
        decoder = await nursery.decoder("cam-01", Plan(address=address, limits=USUAL_LIMITS))
        assert (await heard(decoder, is_trouble))[-1].trouble is Trouble.REFUSED
    assert asked == ["", "1", "2"], "once more, and not for ever"


async def _copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()


def _answered(head: bytes) -> str:
    """The challenge that was answered, and answered rightly (RFC 2617, 3.2.2.1 without qop); empty where none was."""
    said = {name.decode(): value.decode() for name, value in re.findall(rb'(\w+)="([^"]*)"', head)}
    if "nonce" not in said:
        return ""
    who, what = _md5("viewer:cam:s3cret"), _md5(f"{head.partition(b' ')[0].decode()}:{said['uri']}")
    assert said["response"] == _md5(f"{who}:{said['nonce']}:{what}")
    return said["nonce"]


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _without_login(head: bytes) -> bytes:
    lines = head.split(b"\r\n")
    return b"\r\n".join(line for line in lines if not line.startswith(b"Authorization"))


async def test_a_login_reaches_the_camera_and_no_process_title(nursery: Nursery, tmp_path: Path) -> None:
    with mjpeg_camera(tmp_path) as camera:
        closed = f"{camera.url}closed"
        without = await nursery.decoder("cam-01", Plan(address=closed, limits=USUAL_LIMITS))
        assert (await heard(without, is_trouble))[-1].trouble is Trouble.REFUSED
        address = closed.replace("http://", "http://viewer:s3cret%261@")
        decoder = await nursery.decoder("cam-01", Plan(address=address, limits=USUAL_LIMITS))
        await heard(decoder, is_picture)
        for process in (psutil.Process(nursery.pid), psutil.Process(decoder.pid)):
            told = " ".join([*process.cmdline(), process.name(), *process.environ().values()])
            assert "s3cret" not in told
