"""Checks of network addresses in a profile: of cameras, feeds and hosts inside the city's own networks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

from ioc.city.mistakes import Mistake
from ioc.city.parts import Camera, MediaFeed
from ioc.city.reading import Draft
from ioc.core.text import Text

_PASSWORD = re.compile(r"://[^/@\s]+@|[?&](pass(word|wd)?|pwd)=", re.IGNORECASE)
_HOST_AND_PORT = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^\s/:@\[\]]+):(\d{1,5})")
_SECRET = Text(
    "Không để tên đăng nhập, mật khẩu trong hồ sơ; đặt trong cấu hình bí mật.",
    "No user name or password in the profile; keep it among the secrets.",
)


def check_links(draft: Draft) -> Iterator[Mistake]:
    """Passwords in addresses, feeds that are no web addresses or are there twice, hosts without a port."""
    for camera in draft.of(Camera, "source"):
        if _PASSWORD.search(camera.part.source):
            yield Mistake(camera.file, f"{camera.label}.source", _SECRET)
    feeds = draft.of(MediaFeed, "url")
    times = Counter(feed.part.url for feed in feeds)
    for feed in feeds:
        if wrong := _wrong_url(feed.part.url, times[feed.part.url]):
            yield Mistake(feed.file, f"{feed.label}.url", wrong)
    head = draft.head_with("private_hosts")
    for host in head.private_hosts if head else ():
        found = _HOST_AND_PORT.fullmatch(host)
        if not found or not 0 < int(found[2]) < 65_536:
            text = Text(f"“{host}”: viết máy:cổng, như 10.0.0.5:8080.", f"“{host}”: write host:port, as 10.0.0.5:8080.")
            yield Mistake("city.toml", "private_hosts", text)


def _wrong_url(url: str, times: int) -> Text | None:
    if not url.startswith(("http://", "https://")):
        return Text("Địa chỉ phải bắt đầu bằng https://.", "The address must begin with https://.")
    if _PASSWORD.search(url):
        return _SECRET
    if not _host_of(url):
        return Text("Địa chỉ không có tên máy hợp lệ.", "The address names no valid host.")
    if times > 1:
        return Text(f"Địa chỉ này được ghi {times} lần.", f"This address is listed {times} times.")
    return None


def _host_of(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return None if re.search(r"\s", url) else parts.hostname
