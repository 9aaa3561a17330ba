"""The limits of a series' quality, from the city's thresholds: `quality.<what>.<kind>`.

A row for the first words of a kind holds for all kinds that begin so (`quality.flatline.camera` for every kind of
cameras), and the one that says most decides. Without a row there is no such limit.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from ioc.city.profile import City
from ioc.core.quality import Limits

CLOCK_SKEW_S = "quality.clock_skew_s"
FLATLINE_SAMPLES = "quality.flatline_samples"
GAP_PERIODS = "quality.gap_periods"

_DAY_MS = 86_400_000
_LOCAL_MS = 7 * 3_600_000  # thresholds change at midnight in Việt Nam
_REMEMBERED = 20_000

Periods = Callable[[str], float | None]  # the seconds between two readings of a source, by its key


def day_of(at_ms: int) -> int:
    """The local day of a time in ms since 1970, as a number that grows by one a day."""
    return (at_ms + _LOCAL_MS) // _DAY_MS


class QualityLimits:
    """Looks the limits up once for each kind, source and local day."""

    def __init__(self, city: City, period_of: Periods) -> None:
        self._city = city
        self._period_of = period_of
        self._known: dict[tuple[str, str, int], Limits] = {}

    def of(self, kind: str, source: str, at_ms: int) -> Limits:
        """The limits of readings of a kind from a source, in force on the local day of a time (ms since 1970)."""
        name = (kind, source, day_of(at_ms))
        found = self._known.get(name)
        if found is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            found = self._known[name] = self._look_up(kind, source, datetime.fromtimestamp(at_ms / 1000, UTC))
        return found

    def _look_up(self, kind: str, source: str, at: datetime) -> Limits:
        flatline = self._most_telling("flatline", kind, at)
        if flatline is None:
            flatline = self._value(FLATLINE_SAMPLES, at)
        periods, period, skew = self._value(GAP_PERIODS, at), self._period_of(source), self._value(CLOCK_SKEW_S, at)
        return Limits(
            least=self._most_telling("min", kind, at),
            most=self._most_telling("max", kind, at),
            step=self._most_telling("step", kind, at),
            flatline=int(flatline) if flatline else None,
            gap_ms=periods * period * 1000 if periods and period else None,
            ahead_ms=skew * 1000 if skew is not None else None,
        )

    def _most_telling(self, what: str, kind: str, at: datetime) -> float | None:
        words = kind.split(".")
        names = (f"quality.{what}.{'.'.join(words[:count])}" for count in range(len(words), 0, -1))
        return next((value for name in names if (value := self._value(name, at)) is not None), None)

    def _value(self, name: str, at: datetime) -> float | None:
        try:
            return self._city.threshold(name, at)
        except LookupError:  # the city sets no such limit
            return None
