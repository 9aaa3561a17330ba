"""Whether a detector measures soundly: what is doubted, missing or cannot be true."""

from __future__ import annotations

from ioc.core.text import Text
from modules.traffic.geh import geh
from modules.traffic.intervals import Interval
from modules.traffic.kinds import OCCUPANCY, SPEED

DOUBTED = Text("giá trị đáng ngờ", "doubtful values")
MISSING = Text("thiếu số liệu", "values are missing")
TOO_MANY = Text("đếm nhiều hơn mức đường có thể chứa", "counts more than the road can carry")
EMPTY = Text("đếm được xe nhưng chiếm dụng bằng 0", "counts vehicles but occupancy is 0")
BLIND = Text("không thấy xe trong khi thiết bị kề bên có", "sees no vehicle while the next detector does")


def unsound(
    interval: Interval, *, veh_h: float | None, vc: float | None, covered: bool, most_vc: float, busy_veh_h: float
) -> Text | None:
    """What is wrong with an interval, None where nothing is. A detector at rest on an empty road is sound.

    `veh_h` and `vc` are those of the flow window, and `covered` whether anything stood over the detector in it; above
    `busy_veh_h` something must have.
    """
    resting = not interval.vehicles and not interval.occupancy
    if not resting and {OCCUPANCY, SPEED} & set(interval.doubted):
        return DOUBTED
    if set(interval.missing) - ({SPEED} if not interval.vehicles else set()):
        return MISSING
    if vc is not None and vc > most_vc:
        return TOO_MANY
    if interval.occupancy == 0 and not covered and veh_h is not None and veh_h > busy_veh_h:
        return EMPTY
    return None


def blind(veh_h: float | None, beside_veh_h: float | None, beside_kmh: float | None, *, geh_max: float,
          slow_kmh: float) -> bool:  # fmt: skip
    """Whether a detector sees nothing while vehicles pass the one before it freely (a blocked road is no fault)."""
    if veh_h is None or beside_veh_h is None or beside_kmh is None:
        return False
    return veh_h == 0 and beside_kmh > slow_kmh and geh(veh_h, beside_veh_h) >= geh_max
