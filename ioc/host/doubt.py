"""When the readings of a source, though they come, are not to be believed, and why. Pure.

What is looked at are its last readings as they were judged; how many of them must be good is the city's threshold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from ioc.city.profile import City
from ioc.contract import Observation
from ioc.core.quality import Reason
from ioc.core.text import Text

GOOD_SHARE = "quality.good_share"
CLOCK_BEHIND_S = "quality.clock_behind_s"
LEAST_READINGS = 5  # so few say nothing yet: the first one after a gap is always suspect
BY_DEVICE = "device"  # the device said itself that it is not well
FEW_PICTURES = "few-pictures"  # a camera's counts, which say so themselves (see `cameras_pace`)
NO_ROOM = "no-room"  # there was no room for its series (see `series_room`)

_WHY = {
    Reason.FLATLINE: Text("lặp lại mãi một giá trị", "one value again and again"),
    Reason.RANGE: Text("ngoài giới hạn", "out of range"),
    Reason.CLOCK: Text("đồng hồ lệch", "its clock is off"),
    Reason.RATE: Text("thay đổi quá nhanh", "they change too quickly"),
    Reason.UNIT: Text("sai đơn vị", "another unit"),
    Reason.GAP: Text("đến ngắt quãng", "gaps between them"),
    FEW_PICTURES: Text("quá ít hình để đếm", "too few pictures to count"),
    NO_ROOM: Text("hết chỗ cho chuỗi số đo mới", "no room for new series"),
    BY_DEVICE: Text("thiết bị tự báo không tốt", "the device says so itself"),
}


_CAMERA_COUNTS = "camera.crossings"
CLOCK_OFF = _WHY[Reason.CLOCK]
STEADY_PERIODS = 0.5


def set_back(behind_s: Sequence[float], period_s: float) -> bool:
    """Whether readings older than those before them come from a clock that jumped back.

    `behind_s` says by how many seconds each of the last arrivals was behind, the newest last. Such a clock goes on at
    the right pace and stays behind by the same; what was stored and comes afterwards is behind by ever less.
    """
    if len(behind_s) < 2 or period_s <= 0:
        return False
    return abs(behind_s[-1] - behind_s[-2]) <= STEADY_PERIODS * period_s


class DoubtLimits(NamedTuple):
    """`good_share` 0 to 1 of the last readings must be good; a time more than `behind_s` seconds old, in a reading that
    is the newest of its series, is a clock that is off. None: not looked at."""

    good_share: float | None = None
    behind_s: float | None = None


NO_LIMITS = DoubtLimits()


def doubt_limits(city: City, at: datetime) -> DoubtLimits:
    """The city's limits in force at a time."""
    return DoubtLimits(_value(city, GOOD_SHARE, at), _value(city, CLOCK_BEHIND_S, at))


def doubt_of(reading: Observation, received_at: datetime, reason: str | None, limits: DoubtLimits) -> str | None:
    """Why one judged reading is not good, None where it is. `reason` is the judgement's own."""
    if reading.quality != "good":
        return reason or (FEW_PICTURES if reading.kind.startswith(_CAMERA_COUNTS) else BY_DEVICE)
    if limits.behind_s is not None and isinstance(reading.at, datetime):
        return Reason.CLOCK if (received_at - reading.at).total_seconds() > limits.behind_s else None
    return None


def why_doubtful(found: Collection[str | None], limits: DoubtLimits) -> Text | None:
    """The most frequent doubt where too few of the last readings are good, else None."""
    doubts = Counter(one for one in found if one is not None)
    if limits.good_share is None or len(found) < LEAST_READINGS:
        return None
    if not doubts or 1 - doubts.total() / len(found) >= limits.good_share:
        return None
    ((most, _),) = doubts.most_common(1)
    return _WHY[most]


def _value(city: City, name: str, at: datetime) -> float | None:
    try:
        return city.threshold(name, at)
    except LookupError:
        return None
