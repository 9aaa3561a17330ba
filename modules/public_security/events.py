"""What the module says. Nothing here names a person: personal fields lie sealed under `personal`.

`camera` is the camera's id and `where` how the camera, and the zone where there is one, are called.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ioc.contract import Event
from modules.public_security.kinds import Method, RecordType, Sender


class IntrusionDetected(Event, type="public_security.intrusion.detected", severity=3, key="camera", evidence="camera"):
    """Somebody has been where nobody should be since `since`. `count` is None where the camera judged it itself."""

    camera: str
    zone: str | None
    where: str
    count: int | None
    since: datetime


class IntrusionCleared(Event, type="public_security.intrusion.cleared", severity=1, key="camera"):
    """Nobody is there any more."""

    camera: str
    zone: str | None
    where: str
    lasted_s: int


class CrowdDetected(Event, type="public_security.crowd.detected", severity=4, key="camera", evidence="camera"):
    """More people than the ground holds safely. `density` is objects a square metre, None where the camera judged."""

    camera: str
    zone: str | None
    where: str
    count: int | None
    density: float | None
    much_vi: str
    much_en: str
    since: datetime


class CrowdCleared(Event, type="public_security.crowd.cleared", severity=1, key="camera"):
    """The crowd is gone; `most` is how many there were at the most."""

    camera: str
    zone: str | None
    where: str
    lasted_s: int
    most: int | None


class ObjectLeft(Event, type="public_security.object.left", severity=3, key="camera", evidence="camera"):
    """Something was put down and left in a watched zone, `since` it was first seen to lie there."""

    camera: str
    zone: str
    where: str
    count: int
    since: datetime


class ObjectRemoved(Event, type="public_security.object.removed", severity=1, key="camera"):
    """Nothing lies there any more."""

    camera: str
    zone: str
    where: str
    lasted_s: int


class AnalyticsRaised(Event, type="public_security.analytics.raised", severity=2, key="camera", evidence="camera"):
    """A camera's own analytics noticed something no rule of ours looks for."""

    camera: str
    topic: str
    what_vi: str
    what_en: str
    where: str


class CameraTampered(Event, type="public_security.camera.tampered", severity=3, key="camera", evidence="camera"):
    """A camera was covered, put out of focus, turned away, blinded or frozen."""

    camera: str
    where: str
    how: str
    how_vi: str
    how_en: str
    since: datetime


class CameraOffline(Event, type="public_security.camera.offline", severity=1, key="camera", evidence="camera"):
    """A camera sends no pictures; `offline` of the city's `cameras` do not, which is `percent`."""

    camera: str
    where: str
    offline: int
    cameras: int
    percent: float
    since: datetime


class CameraRestored(Event, type="public_security.camera.restored", severity=1, key="camera"):
    """A camera sees again; `was` is `tampered` or `offline`."""

    camera: str
    where: str
    was: str
    lasted_s: int


class RecordReceived(Event, type="public_security.record.received", severity=2, key="record"):
    """An incident record came in. `personal` refers to the sealed fields, None where none were given."""

    record: str
    number: str
    type: RecordType
    what_vi: str
    what_en: str
    method: Method
    source: Sender
    location: str
    t_from: datetime
    t_to: datetime
    personal: str | None


class PatrolProposed(Event, type="public_security.patrol.proposed", severity=1, key="subject"):
    """Patrols near what happened, nearest first, with the reason of each."""

    subject: str
    where: str
    mode: str
    units: tuple[dict[str, Any], ...]
    summary_vi: str
    summary_en: str


class HotspotFound(Event, type="public_security.hotspot.found", severity=2, key="cell"):
    """More records gather in and around a cell than chance explains; `cells` hang together with it."""

    cell: str
    count: int
    cells: int
    z: float
    q: float
    confidence: int
    window_days: int


class NearRepeatFound(Event, type="public_security.near_repeat.found", severity=3, key="category"):
    """After a record of a type there is `times` the usual risk of another within `within_m` metres in the next `days`:
    `pairs` were seen where chance explains `expected`. Of types, never of places or persons."""

    category: RecordType
    what_vi: str
    what_en: str
    within_m: int
    days: int
    times: float
    times_vi: str
    times_en: str
    pairs: int
    expected: float
    p: float
    q: float
    records: int
    window_days: int
    permutations: int
    seed: int


class LookProposed(Event, type="public_security.look.proposed", severity=1, key="look"):
    """A free patrol might look somewhere; `reason` is `incident`, `near_repeat` or `hotspot`. A proposal, no order."""

    look: str
    reason: str
    unit: str
    unit_name: str
    where: str
    distance_m: int
    mode: str
    why_vi: str
    why_en: str


class LookAccepted(Event, type="public_security.look.accepted", severity=1, key="look"):
    """A person accepted the proposal; whoever has the patrol tells it."""

    look: str
    unit: str
    unit_name: str
    where: str


class LookLeft(Event, type="public_security.look.left", severity=1, key="look"):
    """A person left the proposal."""

    look: str
    unit: str
    unit_name: str
    where: str
