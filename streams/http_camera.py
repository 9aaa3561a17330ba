"""A camera's own HTTP server, asked on one connection. In a decoder's process only.

The rules are those of the platform's fetcher, as far as a camera's own address goes: no redirect is followed, no proxy
and no cookie used, nothing is unpacked, size and time are bounded, and the address that was judged is the one asked.
"""

from __future__ import annotations

import ssl
import time
from contextlib import suppress
from urllib.parse import unquote, urlsplit, urlunsplit

import httpx

from streams.messages import Trouble
from streams.network import place_of
from streams.stills import MOST_BYTES
from streams.taken import Gone

REFUSED = (401, 403)
_AGENT, _WANTED = "ioc-camera/1", "image/*, multipart/x-mixed-replace"


class HttpCamera:
    """One connection to one camera. FFmpeg believes any certificate, as cameras have those of their own making; who
    asks after it may do so too (`any_certificate`).

    Raises:
        Gone: it lies where no camera can be.
    """

    def __init__(self, address: str, open_s: float, read_s: float, *, any_certificate: bool = False) -> None:
        parts = urlsplit(address)
        try:
            port = parts.port or (443 if parts.scheme == "https" else 80)
            host = parts.hostname or ""
            where = place_of(host, port)
        except (ValueError, OSError):
            raise Gone(Trouble.CANNOT_OPEN) from None
        at = f"[{where}]" if where.version == 6 else str(where)
        self._read_s = read_s
        self._url = urlunsplit((parts.scheme, f"{at}:{port}", parts.path or "/", parts.query, ""))
        self._named = {"Host": parts.netloc.rpartition("@")[2], "User-Agent": _AGENT, "Accept": _WANTED}
        self._host = host
        self._login = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
        self._auth: httpx.Auth | None = httpx.DigestAuth(*self._login) if self._login else None
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1)
        times = httpx.Timeout(read_s, connect=open_s)
        judged = parts.scheme == "https" and not any_certificate
        tls: ssl.SSLContext | bool = ssl.create_default_context() if judged else False
        self._client = httpx.Client(
            verify=tls, trust_env=False, follow_redirects=False, limits=limits, timeout=times, default_encoding="ascii"
        )

    def ask(self) -> bytes:
        """The bytes of the next picture, whatever they are.

        Raises:
            Gone: the answer is none with a picture in it.
        """
        status, data = self._asked()
        if status != 200:
            raise Gone(_trouble_of(status))
        return data

    def trouble(self) -> Trouble:
        """Why it gives FFmpeg no pictures, as far as the head of its answer says."""
        try:
            status, _ = self._asked(read=False)
        except Gone:
            return Trouble.CANNOT_OPEN
        return _trouble_of(status)

    def close(self) -> None:
        """Lets the connection go."""
        with suppress(OSError):
            self._client.close()

    def _asked(self, *, read: bool = True) -> tuple[int, bytes]:
        try:
            status, data = self._answer(read)
            if status in REFUSED and self._login and isinstance(self._auth, httpx.DigestAuth):
                self._auth = httpx.BasicAuth(*self._login)  # it knows no other
                status, data = self._answer(read)
        except httpx.TimeoutException:
            raise Gone(Trouble.TOO_SLOW) from None
        except httpx.RemoteProtocolError:
            raise Gone(Trouble.BROKEN) from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError):
            raise Gone(Trouble.CANNOT_OPEN) from None
        return status, data

    def _answer(self, read: bool) -> tuple[int, bytes]:
        end = time.monotonic() + self._read_s
        headers = {**self._named, "Accept-Encoding": "identity"}
        request = self._client.build_request("GET", self._url, headers=headers, extensions={"sni_hostname": self._host})
        response = self._client.send(request, stream=True, auth=self._auth)
        try:
            data = bytearray()
            if read and response.status_code == 200:
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


def _trouble_of(status: int) -> Trouble:
    if status in REFUSED:
        return Trouble.REFUSED
    return Trouble.ELSEWHERE if 300 <= status < 400 else Trouble.CANNOT_OPEN
