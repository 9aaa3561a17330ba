"""What a detector recognises, followed and counted beside what moves; line by line the better of both is believed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from cv2.typing import MatLike as Image

from streams.choice import Choice
from streams.counting import Counting, Passed
from streams.detector import Detector
from streams.messages import Line
from streams.settings import RECOGNISED
from streams.tracker import Track, Tracker

FIRST = 1_000_000_000  # of its tracks, so that none has the number of one that moves
AFTER_S = 1.0  # it goes on looking for so long after the last movement


class Recognition:
    """The detector's own tracks and counts of one camera."""

    def __init__(self, detector: Detector, lines: Sequence[Line]) -> None:
        self._detector = detector
        self._counting = Counting(lines, (), RECOGNISED)
        self._tracker = Tracker(RECOGNISED, FIRST)
        self._choices = {line: Choice(line) for line in lines}
        self._kinds: dict[int, Counter[str]] = {}
        self._moved_at: float | None = None
        self.looked = False  # at the last picture, itself

    def redraw(self, lines: Sequence[Line]) -> None:
        """Other lines from now on; of those that are as they were it is still known which of both is believed."""
        self._counting.redraw(lines, ())
        self._choices = {line: self._choices.get(line) or Choice(line) for line in lines}

    @property
    def tracks(self) -> list[Track]:
        """What is in the picture."""
        return self._tracker.tracks

    def forget(self) -> None:
        """What comes next does not go on from what was."""
        self._tracker.forget()
        self.looked = False

    def look(self, picture: Image, at: float, moving: Sequence[Track], passed: Sequence[Passed]) -> list[Passed]:
        """The crossings to be believed, of those of what moves (`passed`) and of what is recognised in the picture.

        Without movement nothing is looked for: that is what costs most.
        """
        if moving or self._moved_at is None:
            self._moved_at = at
        self.looked = at - self._moved_at <= AFTER_S
        if not self.looked:
            return list(passed)
        things = self._detector.look(picture)
        boxes = [thing.box for thing in things]
        seen = self._tracker.follow(boxes)
        kinds = {id(thing.box): thing.kind for thing in things}
        for track in seen:
            self._kinds.setdefault(track.id, Counter())[kinds[id(track.box)]] += 1
        alive = {track.id for track in self.tracks}
        self._kinds = {number: counts for number, counts in self._kinds.items() if number in alive}
        recognised = self._counting.see(seen, self.tracks)
        for choice in self._choices.values():
            choice.learn(moving, boxes)
        return [one for one in recognised if self._choices[one[0]].detector] + [
            one for one in passed if not self._choices[one[0]].detector
        ]

    def kinds(self, passed: Sequence[Passed]) -> Counter[tuple[str, str, str]]:
        """Line, way, and what a track was mostly taken for, of those that do not only move."""
        return Counter(
            (line.id, str(way), self._kinds[track.id].most_common(1)[0][0])
            for line, track, way in passed
            if track.id in self._kinds
        )
