"""The class of data of what is said about a camera: whatever names a camera is seen by those who may see the camera."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from ioc.city.profile import City
from ioc.core.dataclass import DataClass

# A source is `camera:cam-01`, a series `cam-01/line-1/in`, an indicator `camera.cam-01`.
_PIECES = (re.compile(r"[:/]"), re.compile(r"[:/.]"))
_STRICTER = tuple(DataClass)  # from the loosest to the strictest


def camera_classes(city: City) -> dict[str, DataClass]:
    """The class of each camera, by id; also of those that were removed."""
    return {camera.id: camera.data_class for camera in (*city.cameras, *city.removed_cameras)}


def is_of(key: str, cameras: Collection[str]) -> bool:
    """Whether a last-known value with this key is one of these cameras or of a source of it (`traffic:cam-01`)."""
    return key in cameras or key.partition(":")[2] in cameras


def class_of(key: str, cameras: Mapping[str, DataClass], otherwise: DataClass = DataClass.INTERNAL) -> DataClass:
    """The class of a source, series or value with this key: `otherwise`, or a stricter one of a camera it names."""
    pieces = {key, *(piece for split in _PIECES for piece in split.split(key))}
    named = [cameras[piece] for piece in pieces if piece in cameras]
    return max((otherwise, *named), key=_STRICTER.index)
