"""A hint that a road may be under water, put into words: for the desk to verify, never a fact."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from ioc.city.profile import Segment
from ioc.contract import Attach, Desk, Event, NearbyCamera
from ioc.core.clock import iso
from ioc.core.dataclass import DataClass
from ioc.core.place import Place
from ioc.core.text import Text
from modules.traffic.camera_telling import MOST_CAMERAS
from modules.traffic.events import FloodedRoadCleared, FloodedRoadSuspected
from modules.traffic.flooding import Hint, Road
from modules.traffic.roads import middle
from modules.traffic.telling import PRIORITY_NATIONAL, PRIORITY_OTHER, camera_facts, minutes_between, rounded, whole
from modules.traffic.water import Note

CATEGORY = "traffic.flooded_road"
MOST_NAMED = 3


def suspected_event(
    hint: Hint, segment: Segment, road: Road, notes: Sequence[Note], near: Sequence[NearbyCamera],
    camera_m: float, *, simulated: bool,
) -> Event:  # fmt: skip
    """The road and what speaks of water agree; the desk gets both reasons and the cameras to look through: the first
    that sees the road from at most `camera_m`, and the nearest."""
    on_road, of_water = _on_road(hint, road), _of_water(notes)
    why = Text(f"{on_road.vi}; {of_water.vi}", f"{on_road.en}; {of_water.en}")
    cameras = tuple(seen for one in near[:MOST_CAMERAS] if (seen := camera_facts(one)))
    water = tuple({"kind": one.kind, "vi": one.name.vi, "en": one.name.en, "at": iso(one.at)} for one in notes)
    event = FloodedRoadSuspected(
        segment=segment.id,
        name=segment.name,
        sign=hint.sign or "",
        speed=rounded(road.speed),
        usual=rounded(road.usual_speed),
        veh_h=whole(road.veh_h),
        usual_veh_h=whole(road.usual_veh_h),
        water=water,
        why_vi=why.vi,
        why_en=why.en,
        camera=camera_facts(next((one for one in near if one.distance_m <= camera_m), None)),
        cameras=cameras,
        since=hint.since,
        at=road.at,
        place=_place(segment),
        data_class=_class(notes),
        correlation=hint.story,
        desk=Desk(
            kind="event",
            priority=PRIORITY_NATIONAL if segment.national else PRIORITY_OTHER,
            title=title_of(segment.name),
            category=CATEGORY,
        ),
        simulated=simulated or any(one.simulated for one in notes),
    )
    return msgspec.structs.replace(event, attach=Attach(facts=_facts(event)))


def cleared_event(hint: Hint, segment: Segment, notes: Sequence[Note], kept: DataClass, simulated: bool) -> Event:
    """The signs are gone; the case itself is closed by a person. `kept` is the class of what was told."""
    why = Text("xe chạy như thường lệ", "traffic runs as usual")
    if not notes:
        why = Text("không còn nguồn nào nói về ngập", "nothing speaks of water any more")
    return FloodedRoadCleared(
        segment=segment.id,
        name=segment.name,
        minutes=minutes_between(hint.since, hint.until),
        why_vi=why.vi,
        why_en=why.en,
        place=_place(segment),
        data_class=kept,
        correlation=hint.story,
        attach=Attach(facts={"signs": "cleared", "signs_cleared_at": iso(hint.until)}),
        simulated=simulated,
    )


def title_of(road: str) -> Text:
    """What the desk and the wall call a hint."""
    return Text(f"Nghi đường ngập, cần xác minh: {road}", f"Road may be flooded, to be verified: {road}")


def _on_road(hint: Hint, road: Road) -> Text:
    if hint.sign == "empty":
        flow, usual_flow = whole(road.veh_h), whole(road.usual_veh_h)
        return Text(
            f"máy đếm xe: {flow} xe/giờ, thường lệ giờ này {usual_flow}",
            f"detectors: {flow} veh/h, usual at this hour {usual_flow}",
        )
    speed, usual = rounded(road.speed), rounded(road.usual_speed)
    return Text(
        f"máy đếm xe: {speed} km/h, thường lệ giờ này {usual}".replace(".", ","),
        f"detectors: {speed} km/h, usual at this hour {usual}",
    )


def _of_water(notes: Sequence[Note]) -> Text:
    named = notes[:MOST_NAMED]
    more = f" +{len(notes) - MOST_NAMED}" if len(notes) > MOST_NAMED else ""
    return Text(", ".join(one.name.vi for one in named) + more, ", ".join(one.name.en for one in named) + more)


def _class(notes: Sequence[Note]) -> DataClass:
    """The strictest class of what it rests on; what a detector measures is for the desk at least."""
    return max([DataClass.INTERNAL, *(one.data_class for one in notes)], key=list(DataClass).index)


def _place(segment: Segment) -> Place:
    return Place(*middle(segment), name=segment.name)


def _facts(event: FloodedRoadSuspected) -> dict[str, Any]:
    """What the case shows; the names of the fields are those of the event."""
    told = ("segment", "sign", "speed", "usual", "veh_h", "usual_veh_h", "water", "why_vi", "why_en", "cameras")
    values = {name: msgspec.to_builtins(getattr(event, name)) for name in told}
    return {"signs": "present", "unverified": True, **values, "since": iso(event.since)}
