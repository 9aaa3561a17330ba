"""Still pictures of a camera over HTTP, asked for again and again on one connection. In a decoder's process only.

The rules are those of the platform's fetcher, as far as a camera's own address goes: no redirect is followed, no proxy
and no cookie used, nothing is unpacked, size and time are bounded, and the address that was judged is the one asked.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import unquote, urlsplit, urlunsplit

import httpx

from streams.address import SNAPSHOT
from streams.messages import Trouble
from streams.network import place_of
from streams.stills import MOST_BYTES, picture_of
from streams.taken import Gone, Still

MOST_BROKEN = 3  # pictures in a row: one that was cut off on its way is let go
_REFUSED = (401, 403)
_AGENT = "ioc-camera/1"


def snapshots(address: str, fps: float, *, open_s: float, read_s: float) -> Iterator[Still]:
    """Picture after picture, at most `fps` a second; one takes `read_s` seconds at most from its head to its end.

    Raises:
        Gone: what comes is no picture, or nothing comes.
    """
    camera = _Camera(address, open_s, read_s)
    first, broken, due = True, 0, time.monotonic()
    try:
        while True:
            time.sleep(max(0.0, due - time.monotonic()))
            due = max(due + 1 / fps, time.monotonic())
            try:
                picture = picture_of(camera.ask())
            except Gone as gone:
                broken += 1
                if gone.trouble is not Trouble.BROKEN or broken >= MOST_BROKEN:
                    raise
                continue
            yield Still(picture, cut=first)
            first, broken = False, 0
    finally:
        camera.close()


class _Camera:
    """One connection to one camera."""

    def __init__(self, address: str, open_s: float, read_s: float) -> None:
        parts = urlsplit(address.removeprefix(SNAPSHOT))
        try:
            port = parts.port or (443 if parts.scheme == "https" else 80)
            host = parts.hostname or ""
            where = place_of(host, port)
        except (ValueError, OSError):
            raise Gone(Trouble.CANNOT_OPEN) from None
        at = f"[{where}]" if where.version == 6 else str(where)
        self._read_s = read_s
        self._url = urlunsplit((parts.scheme, f"{at}:{port}", parts.path or "/", parts.query, ""))
        self._named = {"Host": parts.netloc.rpartition("@")[2], "User-Agent": _AGENT, "Accept": "image/*"}
        self._host = host
        self._login = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
        self._auth: httpx.Auth | None = httpx.DigestAuth(*self._login) if self._login else None
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1)
        times = httpx.Timeout(read_s, connect=open_s)
        tls: ssl.SSLContext | bool = ssl.create_default_context() if parts.scheme == "https" else False
        self._client = httpx.Client(
            verify=tls, trust_env=False, follow_redirects=False, limits=limits, timeout=times, default_encoding="ascii"
        )

    def ask(self) -> bytes:
        """The bytes of the next picture, whatever they are.

        Raises:
            Gone: the answer is none with a picture in it.
        """
        try:
            status, data = self._answer()
            if status in _REFUSED and self._login and isinstance(self._auth, httpx.DigestAuth):
                self._auth = httpx.BasicAuth(*self._login)  # it knows no other
                status, data = self._answer()
        except httpx.TimeoutException:
            raise Gone(Trouble.TOO_SLOW) from None
        except httpx.RemoteProtocolError:
            raise Gone(Trouble.BROKEN) from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError):
            raise Gone(Trouble.CANNOT_OPEN) from None
        if status in _REFUSED:
            raise Gone(Trouble.REFUSED)
        if 300 <= status < 400:
            raise Gone(Trouble.ELSEWHERE)
        if status != 200:
            raise Gone(Trouble.CANNOT_OPEN)
        return data

    def _answer(self) -> tuple[int, bytes]:
        end = time.monotonic() + self._read_s
        headers = {**self._named, "Accept-Encoding": "identity"}
        request = self._client.build_request("GET", self._url, headers=headers, extensions={"sni_hostname": self._host})
        response = self._client.send(request, stream=True, auth=self._auth)
        try:
            data = bytearray()
            if response.status_code == 200:
                for part in response.iter_raw():
                    data += part
                    if len(data) > MOST_BYTES:
                        raise Gone(Trouble.TOO_LARGE)
                    if time.monotonic() > end:
                        raise Gone(Trouble.TOO_SLOW)
            return response.status_code, bytes(data)
        finally:
            response.close()
            self._client.cookies.clear()

    def close(self) -> None:
        """Lets the connection go."""
        with suppress(OSError):
            self._client.close()
