"""The machine's clock: whether something keeps it right, and whether the store agrees."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from ioc.core.clock import iso
from ioc.host.clock_kept import clock_is_kept
from ioc.store.as_stored import select_stored, stored_rows
from ioc.store.doctor import Finding, broken, warning, well
from ioc.store.looking import looking
from ioc.store.tables import event

SKEW = timedelta(seconds=60)  # what tokens and devices' signatures forgive


def check_clock() -> Iterator[Finding]:
    """What the kernel says of the clock."""
    kept = clock_is_kept()
    if kept is None:
        yield well("clock.kept", "Hệ điều hành không cho biết về đồng hồ", "The system does not tell about its clock")
    elif not kept:
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
            last = select_stored(event, "recordedtime").order_by(event.c.position.desc()).limit(1)
            newest = next((row.values["recordedtime"] for row in stored_rows(events, event, last)), None)
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
