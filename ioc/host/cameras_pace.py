"""Whether enough of a camera's pictures were looked at for its counts to be believed. Pure: time is handed in.

What follows a thing needs it in several pictures. With too few, things pass uncounted, and nothing else says so.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from ioc.city.profile import City
from ioc.core.text import Text
from streams.messages import LEAST_FPS, REPORT_S, Report

THRESHOLD = "camera.least_fps"
_AT_EDGES_S = 2 * REPORT_S  # of a window whose pictures may be in the report after it


class Pace:
    """Pictures a second as somebody meets them who comes at any moment: by the mean gap between them, each weighed with
    its own length. Even pictures have the pace one expects; a pause of a few seconds is not made good by many pictures
    before it. Judged window by window against `least_fps`."""

    def __init__(self, least_fps: float) -> None:
        self._least_fps = least_fps
        self._begun: datetime | None = None
        self._watched_s = self._squares_s2 = 0.0
        self.note: Text | None = None

    @property
    def enough(self) -> bool:
        """Whether it was in the last window."""
        return self.note is None

    def report(self, report: Report, now: datetime) -> None:
        """Pictures were looked at. Until there are any, there is nothing to judge."""
        self._begun = self._begun or now - timedelta(seconds=report.watched_s)
        self._watched_s += report.watched_s
        self._squares_s2 += report.gaps_s2

    def judge(self, now: datetime) -> None:
        """The window that ends now is judged, and the next begins. A time of which nothing is known was one gap."""
        if self._begun is None:
            return
        unknown = max(0.0, (now - self._begun) / timedelta(seconds=1) - self._watched_s - _AT_EDGES_S)
        watched_s, squares = self._watched_s + unknown, self._squares_s2 + unknown**2
        self._begun, self._watched_s, self._squares_s2 = now, 0.0, 0.0
        fps = watched_s / squares if squares else 0.0
        self.note = too_few(fps) if fps < self._least_fps else None


def too_few(fps: float) -> Text:
    """The words of a camera whose counts are not to be believed."""
    vi, en = f"{fps:.1f}".replace(".", ","), f"{fps:.1f}"
    return Text(f"Quá ít hình để đếm: {vi} hình một giây", f"Too few pictures to count: {en} a second")


def least_fps(city: City, at: datetime) -> float:
    """The city's threshold, or the project's where the city has none."""
    try:
        return city.threshold(THRESHOLD, at)
    except LookupError:
        return LEAST_FPS
