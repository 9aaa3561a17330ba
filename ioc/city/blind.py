"""Cameras that would never show anything: at an address where none is ever asked, or masked all over.

Said at the screen where somebody sets a camera so, and by `ioc city check`; no city is kept from starting by one
camera that is blind (decision 0055).
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

import shapely

from ioc.city.mistakes import Mistake
from ioc.city.parts import Camera, Mask
from ioc.city.reading import Draft
from ioc.core.text import Text

LEAST_SEEN = 0.01  # of the picture; in less, no thing that is counted fits
_FIRST_OCTET_OF_NONE = 0  # 0.0.0.0/8, this network
LINK_LOCAL = Text(
    "Hệ thống không bao giờ hỏi địa chỉ link-local (169.254…, fe80::…): đó là địa chỉ tạm của camera chưa được cấp địa "
    "chỉ, và trên máy chủ thuê là nơi lộ khoá của máy. Đặt cho camera một địa chỉ cố định rồi viết địa chỉ ấy.",
    "Link-local addresses (169.254…, fe80::…) are never asked: a camera has one while nobody has given it another, and "
    "on rented servers keys of the machine are told there. Give the camera a fixed address and write that.",
)
NO_CAMERA = Text(
    "Không camera nào ở địa chỉ này: nó dành cho một nhóm máy, để trống hoặc dự trữ.",
    "No camera is at this address: it is one of a group, of nobody, or reserved.",
)
SEES_NOTHING = Text(
    "Lớp che phủ cả hình: camera không thấy gì, không đếm và không báo gì. Thu nhỏ lớp che; muốn tắt camera thì dùng "
    "“Ngừng dùng…”.",
    "The masks hide the whole picture: the camera sees nothing, counts nothing and tells nothing. Make them smaller; "
    "to put a camera out of use there is “Out of service…”.",
)


def never_asked(source: str) -> Text | None:
    """Why a source of this address would never be asked for pictures, whoever lists it; None where it may be. Names are
    not looked up: what is behind one is judged when it is asked (`streams.network`)."""
    try:
        host = urlsplit(source.removeprefix("snapshot+")).hostname if "://" in source else None
    except ValueError:
        return None
    place = _address(host or "")
    if place is None:
        return None
    if place.is_link_local:
        return LINK_LOCAL
    nobody = place.version == 4 and int(place) >> 24 == _FIRST_OCTET_OF_NONE
    strange = nobody or place.is_multicast or place.is_unspecified or (place.is_reserved and not place.is_loopback)
    return NO_CAMERA if strange else None


def all_masked(masks: tuple[Mask, ...]) -> bool:
    """Whether next to nothing of the picture is left. Of masks that are sound each by itself."""
    shapes = [shapely.Polygon(mask.points) for mask in masks if len(mask.points) > 2]
    return bool(shapes) and shapely.unary_union(shapes).intersection(shapely.box(0, 0, 1, 1)).area > 1 - LEAST_SEEN


def newly_blind(before: Camera | None, after: Camera) -> list[tuple[str, Text]]:
    """The fields that make a camera blind which was not so before by the same, each with what is said of it. What is
    blind already may still be changed otherwise."""
    found = []
    text = never_asked(after.source)
    if text is not None and (before is None or before.source != after.source):
        found.append(("source", text))
    if all_masked(after.masks) and (before is None or before.masks != after.masks):
        found.append(("masks", SEES_NOTHING))
    return found


def blind_cameras(draft: Draft) -> Iterator[Mistake]:
    """The same for every camera of a profile whose other checks find nothing wrong."""
    for row in draft.of(Camera, "source"):
        if (text := never_asked(row.part.source)) is not None:
            yield Mistake(row.file, f"{row.label}.source", text)
    for row in draft.of(Camera, "masks"):
        if all(shapely.Polygon(one.points).is_valid for one in row.part.masks if len(one.points) > 2) and all_masked(
            row.part.masks
        ):
            yield Mistake(row.file, f"{row.label}.masks", SEES_NOTHING)


def _address(host: str) -> IPv4Address | IPv6Address | None:
    """The address a host is, in any of the ways the system's resolver reads one; None for a name."""
    try:
        address = ip_address(host)
    except ValueError:
        try:
            return IPv4Address(socket.inet_aton(host)) if host.isascii() and host else None  # 0xa9fe0101, 169.254.257
        except OSError:
            return None
    return getattr(address, "ipv4_mapped", None) or address
