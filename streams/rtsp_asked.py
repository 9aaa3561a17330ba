"""Asks a camera that speaks RTSP for its stream before FFmpeg does, without a login.

FFmpeg follows wherever it is sent, and shows the camera's login there."""

from __future__ import annotations

import re
import socket
import ssl
from urllib.parse import urlsplit, urlunsplit

from streams.messages import Trouble
from streams.network import place_of
from streams.taken import Gone

PORTS = {"rtsp": 554, "rtsps": 322}
_STATUS = re.compile(rb"RTSP/\d\.\d (\d{3})")
_MOST_BYTES = 4096


def ask(address: str, limit_s: float) -> None:
    """Returns when the camera answers for itself, as it does with 401, too.

    Raises:
        Gone: it sends elsewhere, cannot be reached, or says nothing that is RTSP within `limit_s` seconds.
    """
    parts = urlsplit(address)
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    asked = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    try:
        with socket.create_connection((str(place_of(host, port)), port), timeout=limit_s) as plain:
            connection = _sealed(plain, host) if parts.scheme == "rtsps" else plain
            words = f"DESCRIBE {asked} RTSP/1.0\r\nCSeq: 1\r\nAccept: application/sdp\r\nUser-Agent: ioc\r\n\r\n"
            connection.sendall(words.encode())
            status = _STATUS.match(_first_line(connection))
    except (OSError, ValueError):
        raise Gone(Trouble.CANNOT_OPEN) from None
    if status is None:
        raise Gone(Trouble.CANNOT_OPEN)
    if status[1].startswith(b"3"):
        raise Gone(Trouble.ELSEWHERE)


def _sealed(plain: socket.socket, host: str) -> ssl.SSLSocket:
    """As FFmpeg does it: cameras have certificates of their own making."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(plain, server_hostname=host)


def _first_line(connection: socket.socket) -> bytes:
    said = b""
    while b"\r\n" not in said and len(said) < _MOST_BYTES:
        more = connection.recv(_MOST_BYTES)
        if not more:
            break
        said += more
    return said
