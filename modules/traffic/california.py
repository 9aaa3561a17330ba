"""The California algorithm: a jam that begins between two detectors fills the upper one and empties the lower one."""

from __future__ import annotations

from typing import NamedTuple


class CaliforniaLimits(NamedTuple):
    """T1 in percentage points of occupancy, T2 and T3 as shares."""

    occdf: float
    occrdf: float
    docctd: float


class CaliforniaTest(NamedTuple):
    """The three figures of one interval; None where the division has no meaning or the past is unknown."""

    occdf: float
    occrdf: float | None
    docctd: float | None

    def begins(self, limits: CaliforniaLimits) -> bool:
        """Whether all three exceed their limits: the lower detector has just emptied."""
        return self.continues(limits) and self.docctd is not None and self.docctd > limits.docctd

    def continues(self, limits: CaliforniaLimits) -> bool:
        """Whether the two detectors still differ as they do around an incident; the drop in time is over by then."""
        return self.occdf > limits.occdf and self.occrdf is not None and self.occrdf > limits.occrdf


def california(occ_up: float, occ_dn: float, occ_dn_before: float | None) -> CaliforniaTest:
    """OCCDF, OCCRDF and DOCCTD of occupancies in %, `occ_dn_before` being two intervals older."""
    difference = occ_up - occ_dn
    return CaliforniaTest(
        occdf=difference,
        occrdf=difference / occ_up if occ_up > 0 else None,
        docctd=(occ_dn_before - occ_dn) / occ_dn_before if occ_dn_before else None,
    )
