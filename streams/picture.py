"""Whether a picture is worth looking at: black, covered, out of focus, turned away, or standing still.

One judge for cameras that run and for clips that are evaluated. A meddled lens is told within a second where it is
known what the camera usually shows.
"""

from __future__ import annotations

import cv2
import msgspec
from cv2.typing import MatLike as Image

from streams.edges import Look, Usual, look_at
from streams.messages import Limits, PictureState

EVERY_S = 0.15  # a cover is to be told within a second, and each look costs
LEARN_S = 1.0  # seconds of good pictures, before which nothing is compared
RECOVERED_S = 1.5  # how long a picture must be good again
GLARE = 225.0  # mean luma of a picture washed out by light, in which edges are lost without any cover
SUDDEN = 1.5  # times as bright or dark as usual: not by dusk or dawn, nor by looking elsewhere
LOST = 0.65  # of the places that show something: so many are lost when the lens is covered, fewer behind a lorry
AS_MANY = 0.6  # the edges of a turned camera are as strong as usual within this share: a lorry brings its own
MEDDLED = (PictureState.BLACK, PictureState.COVERED, PictureState.DEFOCUSED, PictureState.MOVED)


class Suspicion(msgspec.Struct):
    """One thing that may be wrong, and since when."""

    since: float | None = None

    def held_s(self, wrong: bool, at: float) -> float:
        """For how long it has been wrong without a break; below 0 while it is not."""
        if not wrong:
            self.since = None
            return -1.0
        self.since = at if self.since is None else self.since
        return at - self.since


class PictureWatch:
    """Judges small grey pictures of one camera, one after the other; `at` are seconds that only go forward.

    What the camera usually shows is learned while nothing is suspected. `sharpness` is the usual strength of edges,
    which a watch begun anew may be told.
    """

    def __init__(self, limits: Limits, sharpness: float | None = None) -> None:
        self.state = PictureState.OK
        self.suspected: PictureState | None = None
        self._limits = limits
        self._usual = Usual(sharpness)
        self._meddled: PictureState | None = None
        self._suspicions = {state: Suspicion() for state in MEDDLED}
        self._good = Suspicion()
        self._still: Image | None = None
        self._changed_at = 0.0
        self._looked_at = float("-inf")

    @property
    def sharpness(self) -> float | None:
        """The usual strength of edges."""
        return self._usual.strength

    def look(self, grey: Image, at: float) -> PictureState:
        """The state with this picture; `suspected` is what it turns into when it lasts."""
        still_s = self._still_s(grey, at)
        if at - self._looked_at >= EVERY_S:
            self._looked_at = at
            self._meddled = self._judge(look_at(grey), at)
        self.state = self._next(still_s, at)
        return self.state

    def _next(self, still_s: float, at: float) -> PictureState:
        if self._meddled is not None:
            return self._meddled
        if still_s >= self._limits.frozen_s:
            return PictureState.FROZEN
        good_s = self._good.held_s(self.suspected is None, at)
        waits = self.state is not PictureState.FROZEN and good_s < RECOVERED_S
        return self.state if waits else PictureState.OK

    def _judge(self, look: Look, at: float) -> PictureState | None:
        """What has been done to the lens for long enough."""
        if not self._usual.fits(look):
            self._usual = Usual()
        self.suspected = kind = self._kind(look, at)
        if kind is None:
            self._usual.learn(look, at)
        held = {state: suspicion.held_s(state is kind, at) for state, suspicion in self._suspicions.items()}
        if held[PictureState.MOVED] >= self._limits.relearn_s:
            self._usual, self.suspected = Usual(), None  # it will go on looking there: this is the usual picture now
            return None
        return kind if kind is not None and held[kind] >= self._lasts_s(kind, look, at) else None

    def _kind(self, look: Look, at: float) -> PictureState | None:
        """What this picture by itself looks like."""
        limits, usual = self._limits, self._usual
        if look.luma < limits.black_luma:
            return PictureState.BLACK
        left, learnt_s = usual.left(look), usual.learnt_s(at)
        if 0 < learnt_s < LEARN_S:
            return None
        hidden = self._hidden(look)
        if hidden:
            return PictureState.COVERED
        if left is None:
            return None
        likeness = usual.likeness(look)
        if hidden is None and left < limits.covered_share and likeness < limits.covered_likeness:
            return PictureState.COVERED
        if not learnt_s:
            return None
        if look.fineness < limits.defocused_share * usual.fineness:
            return PictureState.DEFOCUSED
        elsewhere = likeness < limits.moved_likeness and abs(left - 1) <= AS_MANY
        return PictureState.MOVED if elsewhere else None

    def _lasts_s(self, kind: PictureState, look: Look, at: float) -> float:
        """How long it must last to be believed."""
        limits, usual = self._limits, self._usual
        glares = look.luma >= GLARE
        match kind:
            case PictureState.DEFOCUSED | PictureState.MOVED if glares or look.luma >= SUDDEN * usual.luma:
                return limits.unsure_s  # an open iris washes edges away too
            case PictureState.DEFOCUSED:
                return limits.defocused_s
            case PictureState.MOVED:
                return limits.moved_s
        sure = self._goes_black(look) if kind is PictureState.BLACK else not glares
        return limits.tamper_s if sure and usual.learnt_s(at) >= LEARN_S else limits.unsure_s

    def _goes_black(self, look: Look) -> bool:
        """Whether black is not only the dark end of an exposure that pumps, in which all can still be made out."""
        hidden = self._hidden(look)
        return hidden if hidden is not None else self._usual.luma >= SUDDEN * look.luma

    def _hidden(self, look: Look) -> bool | None:
        """Whether what usually shows is gone, and nothing else has come instead; None where too little ever did."""
        lost, left = self._usual.lost(look), self._usual.left(look)
        return None if lost is None else lost >= LOST and (left is None or left < 1 - AS_MANY)

    def _still_s(self, grey: Image, at: float) -> float:
        """For how long no pixel has changed by more than the limit: no sensor is that quiet."""
        still = self._still
        same = still is not None and still.shape == grey.shape
        if still is None or not same or cv2.norm(grey, still, cv2.NORM_INF) > self._limits.frozen_luma:
            self._still, self._changed_at = grey.copy(), at
        return at - self._changed_at
