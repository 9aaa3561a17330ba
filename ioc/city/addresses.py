"""Checks of network addresses in a profile: well formed, said once, and without a password."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from ioc.city.mistakes import Mistake
from ioc.city.parts import Camera, MediaFeed
from ioc.city.reading import Draft, Row
from ioc.core.text import Text

_BEFORE_HOST = re.compile(r"://[^/@\s]+@|://[^/@\s]*:(?!\d{1,5}(?:[/?#]|$))[^@\s]*@")
_IN_PATH = re.compile(r"^rtsps?://[^/]+/(?:[^?]*/)?[A-Za-z][\w.-]*:[^/?\s]+(?:/|$)")
# As makers call it. `{password}` is none: it stands for the one among the secrets (see `streams.address.with_login`).
_NAMED = re.compile(
    r"(?<![A-Za-z0-9_-])((?:\w+[_-]|[_-])?(?:login|user|usr)?(?:pas|pass|passwd|password|pwd|psw|pw|auth))"
    r"=(?!\{password\}(?:[/?&_;]|$))([^/?&;\s]*?)(?=[/?&;\s]|_\w+=|$)",
    re.IGNORECASE,
)
# What lets somebody in without a user: of whom is not known, so `with_places` puts nobody's password there.
_KEYS = re.compile(
    r"(?<![A-Za-z0-9_-])(?:\w+[_-]|[_-])?(?:access|auth|api|secret|user)?(?:token|key|secret)"
    r"=(?!\{password\}(?:[/?&_;]|$))[^/?&;\s]",
    re.IGNORECASE,
)


def check_addresses(draft: Draft) -> Iterator[Mistake]:
    """What is wrong with the addresses of cameras, of feeds, and of the hosts feeds may be fetched from."""
    for camera in draft.of(Camera, "source"):
        if holds_password(camera.part.source):
            yield _secret(camera, "source")
    times = Counter(row.part.url for row in draft.of(MediaFeed, "url"))
    for feed in draft.of(MediaFeed, "url"):
        url = feed.part.url
        if not url.startswith(("http://", "https://")):
            yield _at(feed, "url", "Địa chỉ phải bắt đầu bằng https://.", "The address must begin with https://.")
        elif holds_password(url):
            yield _secret(feed, "url")
        elif not _has_host(url):
            yield _at(feed, "url", "Địa chỉ thiếu tên máy chủ.", "The address has no host.")
        if times[url] > 1:
            yield _at(feed, "url", f"Địa chỉ dùng {times[url]} lần.", f"The address is used {times[url]} times.")
    yield from _private_hosts(draft)


def holds_password(address: str) -> bool:
    """Whether a user, or what may be a password, stands in the address."""
    plain = unquote(address)
    return any(one.search(plain) for one in (_BEFORE_HOST, _IN_PATH, _NAMED, _KEYS))


def with_places(address: str) -> str:
    """The address with `{password}` in place of what stands where makers put passwords."""
    return _NAMED.sub(r"\1={password}", address)


def _private_hosts(draft: Draft) -> Iterator[Mistake]:
    head = draft.head_with("private_hosts")
    for host in head.private_hosts if head else ():
        if not re.fullmatch(r"[^\s:/@]+:\d{1,5}", host):
            text = Text(f"“{host}”: viết máy:cổng (10.0.0.5:8080).", f"“{host}”: write host:port (10.0.0.5:8080).")
            yield Mistake("city.toml", "private_hosts", text)


def _has_host(url: str) -> bool:
    try:
        return bool(urlsplit(url).hostname)
    except ValueError:
        return False


def _secret(row: Row[Camera] | Row[MediaFeed], field: str) -> Mistake:
    vi = "Không để tên đăng nhập, mật khẩu trong hồ sơ; đặt trong cấu hình bí mật."
    return _at(row, field, vi, "No user name or password in the profile; keep it among the secrets.")


def _at(row: Row[Camera] | Row[MediaFeed], field: str, vi: str, en: str) -> Mistake:
    return Mistake(row.file, f"{row.label}.{field}", Text(vi, en))
