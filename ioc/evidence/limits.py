"""How much of a camera's pictures is kept, as a city says it."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ioc.city.profile import City
from ioc.store.evidence_bounds import Bounds

MIB = 2**20


class EvidenceLimits(msgspec.Struct, frozen=True, kw_only=True):
    """The city's thresholds `evidence.<name>`; without a row these, which are the project's defaults.

    `fps` pictures a second (0: none, and no evidence) are kept for `ring_s` seconds and in at most `ring_mb` MiB a
    camera, and none while less than `free_mb` MiB of the disk are free. A clip begins `before_s` before its event
    began, but no more than `most_s` before it was told, and ends `after_s` after that. Within an hour, of a camera's
    events of one type, `most_story` of a story and `most_hour` of all have pictures.
    """

    fps: float = 2.0
    ring_s: float = 120.0
    ring_mb: float = 32.0
    free_mb: float = 1024.0
    before_s: float = 10.0
    after_s: float = 10.0
    most_s: float = 60.0
    most_story: float = 10.0
    most_hour: float = 30.0

    @property
    def ring_bytes(self) -> int:
        """Of one camera."""
        return int(self.ring_mb * MIB)

    @property
    def bounds(self) -> Bounds:
        """Of what goes on and on."""
        return Bounds(min(self.before_s, self.after_s), int(self.most_story), int(self.most_hour))

    @property
    def free_bytes(self) -> int:
        """To be left free on the disk."""
        return int(self.free_mb * MIB)


def evidence_limits(city: City, at: datetime) -> EvidenceLimits:
    """The numbers in force on that day."""
    said = {}
    for name in EvidenceLimits.__struct_fields__:
        try:
            said[name] = city.threshold(f"evidence.{name}", at)
        except LookupError:
            continue
    return EvidenceLimits(**said)
