"""How much is kept of what goes on and on: a wrongly drawn line tells an event every few seconds, for days."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import Connection, select

from ioc.core.text import Text
from ioc.store.evidence import Wanted
from ioc.store.tables import evidence

_HOUR = timedelta(hours=1)
_c = evidence.c


class Bounds(NamedTuple):
    """What is kept of the events of one type and camera: so many of a story and of all in an hour, and none of an event
    less than `near_s` seconds from another of its story, which is in that one's clip."""

    near_s: float
    most_story: int
    most_hour: int


def left_out(connection: Connection, wanted: Wanted, bounds: Bounds) -> Text | None:
    """Why no pictures of their own are kept of an event, None where they are. Others of its story only stand in for it:
    what a hold on a case covers is found by the story."""
    alike = (_c.camera == wanted.camera) & (_c.type == wanted.type) & (_c.event != wanted.event)
    near = _c.at.between(wanted.at - _HOUR, wanted.at + _HOUR) & (_c.state != "missed")
    rows = connection.execute(select(_c.event, _c.at, _c.correlation).where(alike & near).order_by(_c.at.desc())).all()
    story = [row for row in rows if row.correlation == wanted.correlation]
    for row in story:
        if abs(row.at - wanted.at) <= timedelta(seconds=bounds.near_s):
            return Text(
                f"Hình nằm trong đoạn hình của sự kiện {row.event} cùng vụ việc",
                f"Its pictures are in the clip of event {row.event} of the same story",
            )
    if len(story) >= bounds.most_story:
        return Text(
            f"Không giữ hình: đã giữ hình của {len(story)} sự kiện cùng loại trong vụ việc này trong một giờ",
            f"No pictures are kept: within an hour, events of this kind and story have had them already ({len(story)})",
        )
    if len(rows) >= bounds.most_hour:
        return Text(
            f"Không giữ hình: đã giữ hình của {len(rows)} sự kiện cùng loại của camera này trong một giờ",
            f"No pictures are kept: within an hour, events of this kind and camera have had them already ({len(rows)})",
        )
    return None
