"""Stands between FFmpeg and a camera that speaks RTSP. In a decoder's process only.

FFmpeg follows wherever a camera sends it, and shows the camera's login there. It is given an address of this machine
instead; behind that is one connection to the one place that was judged, and an answer that sends elsewhere never comes
through. RTSP over TLS is spoken from here on, too.

FFmpeg asks one question twice at most: without a login, and with one. A camera whose first challenge was stale at once
wants it a third time (RFC 2617, 3.2.1). FFmpeg begins anew then, on the same connection to the camera, as challenges
may be good for one only, and its first question is answered from here, with the newest challenge.
"""

from __future__ import annotations

import re
import selectors
import socket
import ssl
import threading
from contextlib import suppress
from urllib.parse import SplitResult, urlsplit, urlunsplit

from streams.messages import Trouble
from streams.network import place_of
from streams.rtsp_answers import Answer, Answers, Strange
from streams.taken import Gone

PORTS = {"rtsp": 554, "rtsps": 322}
REFUSED = 401
_MOST = 64 * 1024
_END_S = 2.0
_PLAYS = re.compile(rb"^PLAY ", re.MULTILINE)
_NUMBER = re.compile(rb"^CSeq:[^\r\n]*", re.MULTILINE)


class Relay:
    """One camera's. `address` is FFmpeg's; `trouble` is why it is to have no pictures, if that is known here.

    Raises:
        Gone: the camera cannot be reached within `open_s` seconds, or lies where none can be.
    """

    def __init__(self, address: str, open_s: float) -> None:
        self._parts, self._open_s = urlsplit(address), open_s
        self.trouble: Trouble | None = None
        self._answers: Answers | None = Answers()
        self._shown_login = False
        self._stale = self._challenge = Answer(0)
        self._camera = _connected(self._parts, open_s)
        self._open()

    def again(self) -> bool:
        """Whether FFmpeg, which has given up, may try once more, at another `address`."""
        self._thread.join(_END_S)
        if self._thread.is_alive() or not self._stale.stale or self._challenge.stale:
            return False
        self._challenge = self._stale
        self._open()
        return True

    def close(self) -> None:
        """Lets the camera go."""
        for end in (self._door, self._camera):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._thread.join(_END_S)

    def _open(self) -> None:
        """Opens the door for FFmpeg."""
        self._door = socket.create_server(("127.0.0.1", 0), backlog=1)
        self._door.settimeout(self._open_s)
        login = self._parts.netloc.rpartition("@")[0]
        netloc = f"{login}@" if login else ""
        netloc += f"127.0.0.1:{self._door.getsockname()[1]}"
        self.address = urlunsplit(self._parts._replace(scheme="rtsp", netloc=netloc))
        self._thread = threading.Thread(target=self._run, name="rtsp relay", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with suppress(OSError, ValueError):  # one of the two is gone, or we are
            asking, _ = self._door.accept()
            self._door.close()
            with asking, selectors.DefaultSelector() as ready:
                self._ask_login(asking)
                asking.settimeout(None)
                for end in (asking, self._camera):
                    ready.register(end, selectors.EVENT_READ)
                while all(self._pass_on(key.fileobj, asking) for key, _ in ready.select()):
                    pass
        if not self._stale.stale:
            with suppress(OSError):
                self._camera.shutdown(socket.SHUT_RDWR)

    def _ask_login(self, asking: socket.socket) -> None:
        """Answers FFmpeg's first question as the camera has answered the last one."""
        if not self._challenge.stale:
            return
        asking.settimeout(self._open_s)
        asked = b""
        while b"\r\n\r\n" not in asked and (part := asking.recv(_MOST)):
            asked += part
        number = _NUMBER.findall(asked)[:1]
        asking.sendall(b"\r\n".join([b"RTSP/1.0 401 Unauthorized", *number, *self._challenge.challenges, b"", b""]))

    def _pass_on(self, end: object, asking: socket.socket) -> bool:
        """What one side says, to the other; False when it has ended or must not come through."""
        if end is asking:
            said = asking.recv(_MOST)
            self._shown_login |= b"\nAuthorization:" in said
            if _PLAYS.search(said):
                self._answers = None  # from here on FFmpeg follows nobody
            self._camera.sendall(said)
            return bool(said)
        said = self._camera.recv(_MOST)
        while isinstance(self._camera, ssl.SSLSocket) and self._camera.pending():
            said += self._camera.recv(_MOST)
        if not said or not self._fit(said):
            return False
        asking.sendall(said)
        return True

    def _fit(self, said: bytes) -> bool:
        """Whether FFmpeg may hear it."""
        if self._answers is None:
            return True
        try:
            found = self._answers.see(said)
        except Strange:
            self.trouble = Trouble.CANNOT_OPEN
            return False
        if any(300 <= answer.status < 400 for answer in found):
            self.trouble = Trouble.ELSEWHERE
            return False
        if found:  # a stale challenge is answered again, and then the camera may take it
            refused, known = found[-1].status == REFUSED, self._shown_login or "@" not in self.address
            self.trouble = Trouble.REFUSED if refused and known else None
            self._stale = found[-1] if refused and self._shown_login else Answer(0)
        return True


def _connected(parts: SplitResult, open_s: float) -> socket.socket:
    host = parts.hostname or ""
    try:
        port = parts.port or PORTS[parts.scheme]
        plain = socket.create_connection((str(place_of(host, port)), port), timeout=open_s)
        camera = _sealed(plain, host) if parts.scheme == "rtsps" else plain
        camera.settimeout(None)
    except (OSError, ValueError):
        raise Gone(Trouble.CANNOT_OPEN) from None
    return camera


def _sealed(plain: socket.socket, host: str) -> ssl.SSLSocket:
    """As FFmpeg does it: cameras have certificates of their own making."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(plain, server_hostname=host)
