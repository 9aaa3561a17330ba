"""A camera that gives still pictures over HTTP, one at a time, and every way in which one can misbehave."""

from __future__ import annotations

import base64
import hashlib
import re
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import cv2

from tests.streams.scenes import Scene

USER, PASSWORD, REALM, NONCE = "viewer", "s3cret&1", "camera", "n0nce"
BASIC = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


class Server(ThreadingHTTPServer):
    """Counts the connections it took, and the pictures it gave."""

    daemon_threads = True
    connections = pictures = 0
    scene = Scene(1, 320, 180)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"

    def picture(self) -> bytes:
        self.pictures += 1
        return cv2.imencode(".jpg", self.scene.picture((self.pictures % 40 / 40, 0.6)))[1].tobytes()


class Camera(BaseHTTPRequestHandler):
    """One viewer; the path says how it is served."""

    protocol_version = "HTTP/1.1"
    server: Server

    def setup(self) -> None:
        super().setup()
        self.server.connections += 1

    def do_GET(self) -> None:
        WAYS[self.path.strip("/").partition("?")[0]](self)

    def give(self, body: bytes, kind: str = "image/jpeg", length: int | None = None, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def ask(self, challenge: str) -> None:
        self.send_response(401)
        self.send_header("WWW-Authenticate", challenge)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def _good(camera: Camera) -> None:
    camera.give(camera.server.picture())


def _basic(camera: Camera) -> None:
    if camera.headers.get("Authorization") == BASIC:
        _good(camera)
    else:
        camera.ask(f'Basic realm="{REALM}"')


def _digest(camera: Camera) -> None:
    """RFC 7616 with MD5, as most cameras have it."""
    said = dict(re.findall(r'(\w+)="?([^",]+)"?', camera.headers.get("Authorization", "")))
    first = _md5(f"{USER}:{REALM}:{PASSWORD}")
    second = _md5(f"GET:{camera.path}")
    wanted = _md5(f"{first}:{NONCE}:{said.get('nc')}:{said.get('cnonce')}:auth:{second}")
    if said.get("response") == wanted:
        _good(camera)
    else:
        camera.ask(f'Digest realm="{REALM}", nonce="{NONCE}", qop="auth", algorithm=MD5')


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _elsewhere(camera: Camera) -> None:
    camera.send_response(302)
    camera.send_header("Location", "/good")
    camera.send_header("Content-Length", "0")
    camera.end_headers()


def _cut_off(camera: Camera) -> None:
    body = camera.server.picture()
    camera.give(body[: len(body) // 2], length=len(body))
    camera.close_connection = True


def _half(camera: Camera) -> None:
    body = camera.server.picture()
    camera.give(body[: len(body) // 2])


def _huge_head(camera: Camera) -> None:
    """Sixty thousand pixels square, as the picture's own head says."""
    body = bytearray(camera.server.picture())
    at = body.index(b"\xff\xc0")
    struct.pack_into(">HH", body, at + 5, 60_000, 60_000)
    camera.give(bytes(body))


def _scans(camera: Camera) -> None:
    """One picture gone over so often that it takes half a minute."""
    picture = cv2.resize(camera.server.scene.ground, (3840, 2160))
    body = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])[1].tobytes()
    last = body[body.rindex(b"\xff\xda") : -2]
    camera.give(body[:-2] + last[:20] * 20_000 + body[-2:])


def _endless(camera: Camera) -> None:
    camera.send_response(200)
    camera.send_header("Content-Type", "image/jpeg")
    camera.send_header("Connection", "close")
    camera.end_headers()
    camera.wfile.write(b"\xff\xd8\xff")
    for _ in range(10_000):
        camera.wfile.write(b"\0" * 65_536)


def _slow(camera: Camera) -> None:
    body = camera.server.picture()
    camera.send_response(200)
    camera.send_header("Content-Length", str(len(body)))
    camera.end_headers()
    for byte in body:
        camera.wfile.write(bytes([byte]))
        time.sleep(0.1)


def _silent(camera: Camera) -> None:
    camera.rfile.read(1)


def _noise(camera: Camera) -> None:
    body = bytearray(camera.server.picture())
    body[20:-2] = bytes((index * 89) % 251 for index in range(len(body) - 22))
    camera.give(bytes(body))


WAYS: dict[str, Callable[[Camera], None]] = {
    "good": _good,
    "basic": _basic,
    "digest": _digest,
    "elsewhere": _elsewhere,
    "cut-off": _cut_off,
    "half": _half,
    "empty": lambda camera: camera.give(b""),
    "page": lambda camera: camera.give(b"<html>Login</html>", "image/jpeg"),
    "lying": lambda camera: camera.give(camera.server.picture(), "text/html"),
    "missing": lambda camera: camera.give(b"", status=404),
    "noise": _noise,
    "huge-head": _huge_head,
    "endless": _endless,
    "scans": _scans,
    "slow": _slow,
    "silent": _silent,
}


@contextmanager
def snapshot_camera() -> Iterator[Server]:
    """The camera on a port of its own."""
    server = Server(("127.0.0.1", 0), Camera)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
