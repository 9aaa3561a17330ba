"""A small ONVIF camera on loopback: it answers probes, asks for a login, and names its streams."""

from __future__ import annotations

import base64
import hashlib
import re
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

USER, PASSWORD = "viewer", "s3cret&1"
GROUP, PORT = "239.255.255.250", 3702
SOAP = (
    '<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"'
    ' xmlns:tt="http://www.onvif.org/ver10/schema" xmlns:trt="http://www.onvif.org/ver10/media/wsdl"'
    ' xmlns:tds="http://www.onvif.org/ver10/device/wsdl"><s:Body>{body}</s:Body></s:Envelope>'
)
MATCH = (
    '<?xml version="1.0"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"'
    ' xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"'
    ' xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><s:Body><d:ProbeMatches><d:ProbeMatch>'
    "<a:EndpointReference><a:Address>urn:uuid:{name}</a:Address></a:EndpointReference>"
    "<d:Types>dn:NetworkVideoTransmitter</d:Types>"
    "<d:Scopes>onvif://www.onvif.org/name/{name} onvif://www.onvif.org/hardware/IPC-1</d:Scopes>"
    "<d:XAddrs>{address}</d:XAddrs></d:ProbeMatch></d:ProbeMatches></s:Body></s:Envelope>"
)
PROFILE = (
    '<trt:Profiles token="{token}"><tt:Name>{name}</tt:Name><tt:VideoEncoderConfiguration token="e{token}">'
    "<tt:Encoding>{encoding}</tt:Encoding><tt:Resolution><tt:Width>{width}</tt:Width><tt:Height>{height}</tt:Height>"
    "</tt:Resolution><tt:RateControl><tt:FrameRateLimit>{fps}</tt:FrameRateLimit></tt:RateControl>"
    "</tt:VideoEncoderConfiguration></trt:Profiles>"
)
FAULT = (
    '<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value xmlns:ter="http://www.onvif.org/ver10/error">'
    "ter:NotAuthorized</s:Value></s:Subcode></s:Code>"
    "<s:Reason><s:Text>Sender not Authorized</s:Text></s:Reason></s:Fault>"
)
STREAMS = (
    ("main", "Chính", "H264", 1920, 1080, 25),
    ("sub", "Phụ [bold]", "H264", 640, 360, 10),
    ("tiny", "Nhỏ", "H264", 320, 180, 5),
)


@dataclass
class Camera:
    """What it says, and what it was asked."""

    streams: tuple[tuple[str, str, str, int, int, int | str], ...] = STREAMS
    uri: str = "rtsp://admin:leaked@10.255.0.9:554/{token}"  # of a stream, as XML has it
    raw: bytes | None = None  # this instead of any answer
    status: int = 200  # of that
    drips_s: float = 0.0  # between two bytes of an answer
    asked: list[str] = field(default_factory=list)
    port: int = 0
    probe_port: int = 0

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def answer(self, request: str) -> tuple[int, bytes]:
        """The answer to a SOAP request."""
        if self.raw is not None:
            return self.status, self.raw
        operation = next((name for name in OPERATIONS if f"{name}" in request), "")
        self.asked.append(operation)
        if operation not in ("GetServices", "GetCapabilities", "GetSystemDateAndTime") and not _may(request):
            return 400, SOAP.format(body=FAULT).encode()
        return 200, SOAP.format(body=getattr(self, operation, lambda _: "")(request)).encode()

    def GetServices(self, _request: str) -> str:
        # Its own idea of its address, as behind a NAT: nobody can reach it there.
        space, place = "http://www.onvif.org/ver10/media/wsdl", "http://10.255.0.9/onvif/media"
        media = f"<tds:Service><tds:Namespace>{space}</tds:Namespace><tds:XAddr>{place}</tds:XAddr></tds:Service>"
        return f"<tds:GetServicesResponse>{media}</tds:GetServicesResponse>"

    def GetProfiles(self, _request: str) -> str:
        rows = (
            dict(zip(("token", "name", "encoding", "width", "height", "fps"), one, strict=True)) for one in self.streams
        )
        return f"<trt:GetProfilesResponse>{''.join(PROFILE.format(**row) for row in rows)}</trt:GetProfilesResponse>"

    def GetStreamUri(self, request: str) -> str:
        token = re.search(r"ProfileToken>([^<]*)<", request)
        uri = self.uri.replace("{token}", token[1] if token else "")
        return (
            f"<trt:GetStreamUriResponse><trt:MediaUri><tt:Uri>{uri}</tt:Uri></trt:MediaUri></trt:GetStreamUriResponse>"
        )


OPERATIONS = ("GetServices", "GetCapabilities", "GetSystemDateAndTime", "GetProfiles", "GetStreamUri")


def _may(request: str) -> bool:
    """WS-Security UsernameToken with a digest (OASIS, profile 1.1)."""
    names = ("Username", "Password", "Nonce", "Created")
    found = {name: re.search(rf"<[\w:]*{name}\b[^>]*>([^<]*)<", request) for name in names}
    if not all(found.values()):
        return False
    user, digest, nonce, created = (one[1] for one in found.values() if one)
    wanted = hashlib.sha1(
        base64.b64decode(nonce) + created.encode() + PASSWORD.encode(), usedforsecurity=False
    ).digest()
    return user == USER and digest == base64.b64encode(wanted).decode()


@contextmanager
def onvif_camera(*, multicast: bool = False) -> Iterator[Camera]:
    """A camera that answers over HTTP, and to probes: to the group on loopback, or directly."""
    camera = Camera()

    gone = Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, body = camera.answer(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(status)
            self.send_header("Content-Type", "application/soap+xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            for at in range(0, len(body), 1 if camera.drips_s else max(len(body), 1)):
                self.wfile.write(body[at : at + 1] if camera.drips_s else body)
                gone.wait(camera.drips_s)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    camera.port = server.server_address[1]
    probes = _probe_socket(multicast)
    camera.probe_port = probes.getsockname()[1]
    threads = [
        Thread(target=server.serve_forever, daemon=True),
        Thread(target=_match, args=(probes, camera), daemon=True),
    ]
    for thread in threads:
        thread.start()
    try:
        yield camera
    finally:
        server.shutdown()
        server.server_close()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", ("127.0.0.1", camera.probe_port))
        for thread in threads:
            thread.join()
        probes.close()


def _probe_socket(multicast: bool) -> socket.socket:
    probes = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    probes.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if not multicast:
        probes.bind(("127.0.0.1", 0))
        return probes
    probes.bind(("", PORT))
    member = struct.pack("4s4s", socket.inet_aton(GROUP), socket.inet_aton("127.0.0.1"))
    probes.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
    return probes


def _match(probes: socket.socket, camera: Camera) -> None:
    while True:
        asked, sender = probes.recvfrom(65_535)
        if not asked:
            return
        if b"Probe" in asked:
            address = f"http://{camera.address}/onvif/device_service"
            probes.sendto(MATCH.format(name="cam-bac", address=address).encode(), sender)
