"""The states a service takes a call through, and which moves are allowed.

Time goes one way: a later state may be reached without the ones between (a service that is only followed reports what
it reports), never an earlier one. A call may be closed from any state, and only a closed call is reviewed.
"""

from __future__ import annotations

from typing import Literal, get_args

from ioc.core.text import Text

CallState = Literal[
    "received", "triaged", "dispatched", "en_route", "on_scene", "under_control", "closed", "reviewed"
]  # fmt: skip
UnitState = Literal["available", "dispatched", "en_route", "on_scene", "transporting", "returning", "out_of_service"]

ORDER: tuple[CallState, ...] = get_args(CallState)
OPEN: frozenset[str] = frozenset(ORDER[: ORDER.index("closed")])

NAMES: dict[str, Text] = {
    "received": Text("đã nhận", "received"),
    "triaged": Text("đã phân loại", "triaged"),
    "dispatched": Text("đã điều lực lượng", "units sent"),
    "en_route": Text("đang đến hiện trường", "on the way"),
    "on_scene": Text("đã đến hiện trường", "on scene"),
    "under_control": Text("đã kiểm soát", "under control"),
    "closed": Text("đã kết thúc", "closed"),
    "reviewed": Text("đã rút kinh nghiệm", "reviewed"),
}


def allowed(now: str, to: str) -> bool:
    """Whether a call in state `now` may move to state `to`."""
    if to == "reviewed":
        return now == "closed"
    return now in OPEN and ORDER.index(to) > ORDER.index(now)


def next_states(now: str) -> tuple[CallState, ...]:
    """Where a call in state `now` may go."""
    return tuple(state for state in ORDER if allowed(now, state))
