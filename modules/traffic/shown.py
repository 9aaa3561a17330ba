"""A segment as the screens show it."""

from __future__ import annotations

from datetime import datetime

from ioc.city.profile import Segment
from ioc.contract import Latest
from ioc.core.clock import iso
from modules.traffic.outcomes import SegmentFlow
from modules.traffic.telling import rounded, whole

MODULE = "traffic"


def segment_body(seen: SegmentFlow) -> dict[str, object]:
    """The last-known value of a measured segment: km/h, PCU/h, seconds and metres."""
    flow = seen.flow
    return {
        **_named(seen.segment),
        "speed": rounded(flow.speed),
        "usual": rounded(flow.usual.speed) if flow.usual else None,
        "level": flow.level,
        "tti": rounded(flow.tti, 2),
        "vc": rounded(flow.vc, 3),
        "pcu_h": rounded(flow.pcu_h),
        "delay_s": whole(flow.delay_s),
        "queue_m": rounded(flow.queue_m),
        "trend": list(seen.trend),
        "quality": flow.quality,
        "unusual": flow.unusual,
        "incident": seen.incident,
        "at": iso(flow.at),
        "simulated": flow.simulated,
    }


def silent_body(segment: Segment, at: str | None, *, simulated: bool) -> dict[str, object]:
    """A segment nobody measures at present; `at` is when somebody last did."""
    absent = dict.fromkeys(("speed", "usual", "level", "tti", "vc", "pcu_h", "delay_s", "queue_m"))
    said = {"quality": "bad", "unusual": False, "incident": False, "at": at, "simulated": simulated}
    return {**_named(segment), **absent, "trend": [], **said}


def latest_segment(body: dict[str, object], now: datetime) -> Latest:
    """The body for the screens. Its time is that of the telling: one that is still true is told again."""
    return Latest("seg", str(body["id"]), body, now)


def _named(segment: Segment) -> dict[str, object]:
    return {"id": segment.id, "name": segment.name, "module": MODULE, "free_flow": segment.free_flow_kmh}
