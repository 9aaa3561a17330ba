"""The bus beside the log: whether it answers, and whether it says what the table says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import redis
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from ioc.bus import client_now, log_key
from ioc.bus.redis_bus import BODY
from ioc.host.carried import LATE
from ioc.settings import Settings
from ioc.store.backup.facts import own_tables, read_known
from ioc.store.columns import stored_bytes
from ioc.store.doctor import Finding, broken, warning, well
from ioc.store.looking import looking
from ioc.store.tables import event

ANSWER_S = 3.0
LOOKED_AT = 200  # entries at the end of the stream that are compared with the table
LAG = 1_000  # positions: what a relay puts back at once


def check_bus(settings: Settings, city: str, now: datetime) -> Iterator[Finding]:
    """Entries of the stream are rows of the table, in their places, and its end is not far or for long behind."""
    try:
        with looking(settings.store_url, city) as (events, _):
            if "platform" not in own_tables(events):
                return
            epoch = read_known(events).get("epoch", "")
        entries = _entries(settings.bus_url, log_key(city, epoch))
        with looking(settings.store_url, city) as (events, _):  # later than the stream: what that has, this must have
            head = int(events.execute(select(func.coalesce(func.max(event.c.position), 0))).scalar_one())
            numbers = [number for number, _ in entries]
            rows = events.execute(select(event.c.position, event.c.body).where(event.c.position.in_(numbers))).all()
            oldest = select(event.c.recordedtime).where(event.c.position == (numbers or [0])[0] + 1)
            since = events.execute(oldest).scalar()
    except redis.RedisError as error:
        yield _away(settings, error)
        return
    except SQLAlchemyError:
        return  # the store's own checks say so
    late = since is not None and now - since > LATE
    yield _compared(entries, head, {position: stored_bytes(body) for position, body in rows}, late=late)


def _entries(url: str, key: str) -> list[tuple[int, bytes]]:
    """The end of the stream, newest first."""
    with client_now(url, ANSWER_S) as client:
        found: Any = client.xrevrange(key, count=LOOKED_AT)
    return [(int(number.split(b"-")[0]), fields.get(BODY, b"")) for number, fields in found]


def _compared(entries: list[tuple[int, bytes]], head: int, rows: dict[int, bytes], *, late: bool) -> Finding:
    top = entries[0][0] if entries else 0
    wrong = [number for number, body in entries if rows.get(number) != body]
    if wrong:
        return broken(
            "bus.entries",
            f"Redis có mục {wrong[0]} khác bảng nhật ký: xoá luồng, nó sẽ được nạp lại",
            f"Entry {wrong[0]} of Redis is not the table's: delete the stream, it is filled again",
        )
    if late or head - top > LAG:
        return warning(
            "bus.relay",
            f"Redis chậm {head - top} vị trí so với nhật ký; bên đọc đang lấy từ bảng",
            f"Redis is {head - top} positions behind the log; readers take them from the table",
        )
    return well("bus.relay", f"Redis tới vị trí {top}, nhật ký tới {head}", f"Redis is at {top}, the log at {head}")


def _away(settings: Settings, error: redis.RedisError) -> Finding:
    if not settings.redis_url:
        return well("bus", "Bus đi kèm chưa chạy, như khi thành phố dừng", "The embedded bus rests, as the city does")
    said = str(error).partition(" : ")[0][:200]  # what Sentinel's client says behind it are its own objects
    return warning(
        "bus",
        f"Redis không trả lời, mọi thứ chạy chậm hơn từ bảng: {said}",
        f"Redis does not answer, all goes on from the table: {said}",
    )
