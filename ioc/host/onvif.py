"""Cameras in a network as they tell of themselves over ONVIF: which there are, and which streams each gives.

Nothing is changed on a camera. Addresses in its answers are taken as paths of the camera that was asked, never as the
way to another machine.
"""

from __future__ import annotations

import fcntl
import re
import socket
import struct
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
import msgspec
from onveef import OnvifClient
from onveef.exceptions import OnvifAuthError, OnvifError, OnvifTimeoutError, OnvifTransportError
from onveef.wsdiscovery import DiscoveredDevice, discover, probe_device

from ioc.city.addresses import holds_password, with_places
from ioc.core.errors import Problem
from ioc.core.text import Text
from ioc.host.onvif_hearing import Hearing, TooSlow, within

PROBE_PORT = 3702  # of WS-Discovery (OASIS 1.1)
LISTEN_S = 3.0
ANSWER_S = 5.0
WHOLE_S = 20.0  # all that is asked of one camera, however slowly it answers
MOST_BYTES = 2 * 2**20
MOST_PROFILES = 32
MOST_FPS = 240.0
MOST_PIXELS = 65_536  # of a side
_ADDRESS = re.compile(r"(?:rtsp|rtsps|http|https)://[!#-\[\]-~]+")  # nothing that ends a TOML text or steers a terminal
ENOUGH = (640, 352)  # pixels; the analysis shrinks to 320 wide, the screens show 640
_READ = ("H264", "H265", "HEVC", "JPEG", "MPEG4")
_SIOCGIFADDR = 0x8915


class FoundCamera(msgspec.Struct, frozen=True):
    """A camera that answered. `address` is what `streams_of` takes."""

    address: str
    name: str
    hardware: str
    location: str


class FoundStream(msgspec.Struct, frozen=True):
    """One profile of a camera. Sizes in pixels, 0 where it does not say; `address` without any login."""

    token: str
    name: str
    encoding: str
    width: int
    height: int
    fps: float
    address: str

    @property
    def pixels(self) -> int:
        """Of one picture."""
        return self.width * self.height


def find_cameras(own: Sequence[str], listen_s: float = LISTEN_S) -> list[FoundCamera]:
    """Who answers a WS-Discovery probe sent from these addresses of ours (each takes `listen_s` seconds)."""
    return _cameras(discover(timeout_s=listen_s, interface_ip=list(own)))


def ask_camera(host: str, port: int = PROBE_PORT, listen_s: float = LISTEN_S) -> list[FoundCamera]:
    """The same of one machine, asked directly: where multicast does not reach it.

    Raises:
        OSError: the name or the network is unknown.
    """
    return _cameras(probe_device(host, timeout_s=listen_s, port=port))


def streams_of(address: str, login: tuple[str, str] | None) -> list[FoundStream]:
    """What a camera gives, `address` being `host`, `host:port` or the address of its device service.

    Raises:
        Problem: it does not answer, refuses the login, or has no streams.
    """
    heard = Hearing(WHOLE_S)
    with httpx.Client(transport=heard, follow_redirects=False, timeout=ANSWER_S) as http:
        client = _client(address, login or ("", ""), http)
        try:
            return within(WHOLE_S, lambda: _streams(client))
        except (OnvifError, TooSlow, ValueError, ArithmeticError) as error:
            raise Problem("camera-not-asked", _TITLE, detail=_why(error, heard)) from None


def _client(address: str, login: tuple[str, str], http: httpx.Client) -> OnvifClient:
    return OnvifClient(
        address,
        username=login[0],
        password=login[1],
        timeout_s=ANSWER_S,
        retries=0,
        max_response_bytes=MOST_BYTES,
        http_client=http,
    )


def _streams(client: OnvifClient) -> list[FoundStream]:
    return [_stream(one, client.get_stream_uri(profile_token=one["token"])) for one in _profiles(client)]


def best_stream(streams: Iterable[FoundStream]) -> FoundStream | None:
    """The sub-stream to take: the smallest that is large enough, else the largest there is; None of none."""
    usable = [one for one in streams if one.address and one.encoding.upper().replace(".", "") in _READ]
    enough = [one for one in usable if one.width >= ENOUGH[0] and one.height >= ENOUGH[1]]
    if enough:
        return min(enough, key=lambda one: (one.pixels, one.fps, one.token))
    return max(usable, key=lambda one: (one.pixels, one.fps, one.token), default=None)


def own_addresses() -> list[str]:
    """The IPv4 address of each network interface of this machine, without the loopback one."""
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _, name in socket.if_nameindex():
            try:
                answer = fcntl.ioctl(probe.fileno(), _SIOCGIFADDR, struct.pack("256s", name.encode()[:15]))
            except OSError:
                continue  # one without an address
            address = socket.inet_ntoa(answer[20:24])
            if not address.startswith("127."):
                found.append(address)
    return found


_TITLE = Text("Không hỏi được camera", "The camera could not be asked")
_REFUSED = Text("Camera từ chối đăng nhập.", "The camera refuses the login.")
_SILENT = Text("Camera không trả lời.", "The camera does not answer.")
_UNREACHED = Text("Không kết nối được camera.", "The camera cannot be reached.")
_NO_STREAMS = Text("Thiết bị không cho biết luồng hình.", "The device names no streams.")


def _why(error: Exception, heard: Hearing) -> Text:
    """In our own words: a library's may hold what the camera said, or a login."""
    if heard.refused or isinstance(error, OnvifAuthError):
        return _REFUSED
    if heard.silent or isinstance(error, OnvifTimeoutError | TooSlow):
        return _SILENT
    return _UNREACHED if isinstance(error, OnvifTransportError) else _NO_STREAMS


def _profiles(client: OnvifClient) -> list[dict[str, Any]]:
    found = [one for one in client.get_profiles() if one.get("token")][:MOST_PROFILES]
    if not found:
        raise Problem("camera-not-asked", _TITLE, detail=_NO_STREAMS)
    return found


def _stream(profile: dict[str, Any], uri: str) -> FoundStream:
    encoder = profile.get("video_encoder") or {}
    return FoundStream(
        token=profile["token"],
        name=profile.get("name") or "",
        encoding=encoder.get("encoding") or "",
        width=_pixels(encoder.get("width")),
        height=_pixels(encoder.get("height")),
        fps=min(MOST_FPS, float(encoder.get("fps_limit") or 0)),
        address=_without_login(uri),
    )


def _pixels(told: int | None) -> int:
    return told if told and 0 < told <= MOST_PIXELS else 0


def _without_login(uri: str) -> str:
    """The address with the places of a login in it; empty where it is none of a camera, or still holds one."""
    if not _ADDRESS.fullmatch(uri):
        return ""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return ""
    bare = with_places(urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])))
    return "" if holds_password(bare) else bare


def _cameras(devices: Iterable[DiscoveredDevice]) -> list[FoundCamera]:
    found = [FoundCamera(one.address, one.name, one.hardware, one.location) for one in devices]
    return sorted(found, key=lambda camera: camera.address)
