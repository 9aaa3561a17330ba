"""The machine's clock: whether something keeps it right, and whether the store agrees."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from ioc.core.clock import iso
from ioc.store.doctor import Finding, broken, warning, well
from ioc.store.looking import looking
from ioc.store.tables import event

SKEW = timedelta(seconds=60)  # what tokens and devices' signatures forgive
_UNSYNCHRONISED = 5  # TIME_ERROR of adjtimex(2)
_TIMEX_BYTES = 512  # more than the kernel's struct; all zero asks and sets nothing


def check_clock() -> Iterator[Finding]:
    """What the kernel says of the clock."""
    state = _kernel_state()
    if state < 0:
        yield well("clock.kept", "Hệ điều hành không cho biết về đồng hồ", "The system does not tell about its clock")
    elif state == _UNSYNCHRONISED:
        yield warning(
            "clock.kept",
            "Đồng hồ máy không được đồng bộ: bật NTP (chrony, systemd-timesyncd)",
            "Nothing keeps the clock right: turn on NTP (chrony, systemd-timesyncd)",
        )
    else:
        yield well("clock.kept", "Đồng hồ máy được đồng bộ", "The clock is kept right")


def check_store_clock(url: str, city: str, now: datetime) -> Iterator[Finding]:
    """Whether the newest events, and the server, say the same time as this machine."""
    try:
        with looking(url, city) as (events, _):
            last = select(event.c.recordedtime).order_by(event.c.position.desc()).limit(1)
            newest = events.execute(last).scalar_one_or_none()
            postgres = events.dialect.name == "postgresql"
            server = events.execute(select(func.clock_timestamp())).scalar_one() if postgres else None
    except SQLAlchemyError:
        return  # the store's own checks say so
    if newest and newest > now + SKEW:
        told = iso(newest)
        yield broken(
            "clock.store",
            f"Sự kiện mới nhất ghi lúc {told}, sau giờ của máy này: đồng hồ đã lùi",
            f"The newest event was kept at {told}, later than this machine's time: its clock went back",
        )
    if server and abs(server - datetime.now(UTC)) > SKEW:
        told = iso(server)
        yield broken("clock.server", f"Máy chủ dữ liệu nói {told}", f"The database server says it is {told}")


def _kernel_state() -> int:
    try:
        return int(ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES)))
    except (OSError, AttributeError):
        return -1
