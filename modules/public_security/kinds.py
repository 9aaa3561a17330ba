"""What a record can be about, how it was done, who sent it, and what a camera's own analytics report: closed lists.

Closed, because what stands in a list can hold no name, number or plate.
"""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

from ioc.core.text import Text

RecordType = Literal[
    "theft",
    "robbery",
    "snatch",
    "fight",
    "disturbance",
    "gathering",
    "missing_person",
    "traffic_disorder",
    "fireworks",
    "drugs",
    "fraud",
    "forest_fire_sighting",
    "abandoned_object",
    "intrusion",
    "camera_tamper",
]
Method = Literal[
    "unknown",
    "force",
    "threat",
    "weapon",
    "lock_broken",
    "window_entry",
    "pickpocket",
    "snatched_by_vehicle",
    "deception",
    "online",
    "other",
]
Sender = Literal["113", "112", "commune_police", "patrol", "operator"]
Topic = Literal["intrusion", "crowd", "tamper", "abandoned_object", "line_crossing", "fight"]

TOPICS: tuple[Topic, ...] = get_args(Topic)


class Kind(msgspec.Struct, frozen=True):
    """One kind of record. A `close` one tells of a household or a person by its place alone, so it keeps off the walls;
    a `counted` one is disorder that hot spots are made of."""

    name: Text
    close: bool = False
    counted: bool = True


KINDS: dict[RecordType, Kind] = {
    "theft": Kind(Text("Trộm cắp", "Theft")),
    "robbery": Kind(Text("Cướp", "Robbery")),
    "snatch": Kind(Text("Cướp giật", "Snatching")),
    "fight": Kind(Text("Đánh nhau", "Fight")),
    "disturbance": Kind(Text("Gây rối trật tự", "Disturbance")),
    "gathering": Kind(Text("Tụ tập đông người", "Gathering")),
    "missing_person": Kind(Text("Người mất tích", "Missing person"), close=True, counted=False),
    "traffic_disorder": Kind(Text("Gây mất trật tự giao thông", "Traffic disorder")),
    "fireworks": Kind(Text("Pháo nổ trái phép", "Illegal fireworks")),
    "drugs": Kind(Text("Ma túy", "Drugs"), close=True),
    "fraud": Kind(Text("Lừa đảo", "Fraud"), close=True),
    "forest_fire_sighting": Kind(Text("Phát hiện cháy rừng", "Forest fire sighted"), counted=False),
    "abandoned_object": Kind(Text("Vật khả nghi bị bỏ lại", "Abandoned object"), counted=False),
    "intrusion": Kind(Text("Xâm nhập trái phép", "Intrusion")),
    "camera_tamper": Kind(Text("Phá hoại camera", "Camera tampering"), counted=False),
}

COUNTED: frozenset[str] = frozenset(code for code, kind in KINDS.items() if kind.counted)

TOPIC_NAMES: dict[Topic, Text] = {
    "intrusion": Text("xâm nhập", "intrusion"),
    "crowd": Text("tụ tập đông người", "a crowd"),
    "tamper": Text("bị tác động", "tampering"),
    "abandoned_object": Text("vật bị bỏ lại", "an abandoned object"),
    "line_crossing": Text("vượt vạch giới hạn", "a line crossed"),
    "fight": Text("đánh nhau", "a fight"),
}

# Topics as cameras name them (ONVIF topic set), the longest that fits decides.
_ONVIF: tuple[tuple[str, Topic], ...] = (
    ("RuleEngine/FieldDetector/ObjectsInside", "intrusion"),
    ("RuleEngine/LineDetector/Crossed", "line_crossing"),
    ("RuleEngine/TamperDetector", "tamper"),
    ("VideoSource/GlobalSceneChange", "tamper"),
    ("VideoSource/ImageTooDark", "tamper"),
    ("VideoSource/ImageTooBlurry", "tamper"),
)


def topic_of(said: str) -> Topic | None:
    """Our word for a topic as the camera says it, with or without the prefix `tns1:`; None where we have none."""
    bare = said.removeprefix("tns1:")
    return next((ours for ours in TOPICS if ours == bare), None) or next(
        (ours for theirs, ours in _ONVIF if bare == theirs or bare.startswith(f"{theirs}/")), None
    )
