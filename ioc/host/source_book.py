"""What one process knows of its sources: where each stands in its life, when it last spoke, how well it speaks.

Pure bookkeeping on times handed in; `source_watch` writes what it finds to the store.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from ioc.contract import Heard, Life, Listed, Observation
from ioc.core.clock import iso
from ioc.core.text import Text
from ioc.host.doubt import CLOCK_OFF, LEAST_READINGS, NO_LIMITS, DoubtLimits, doubt_of, set_back, why_doubtful

SourceState = Literal["waiting", "live", "doubtful", "late", "silent", "unavailable"]

MOST_UNLISTED = 1_000  # keys made up by a broken or hostile device must not fill the memory
RATE_OVER = timedelta(seconds=60)
RATED_MOST = 6_000
GOOD_OVER = 30  # readings
CLOCK_OFF_SHOWN_S = 60.0
LATE_AFTER_PERIODS = 1.5
_UNLISTED = Text("chưa khai báo trong hồ sơ thành phố", "not listed in the city's profile")


class Entry(msgspec.Struct):
    """One source."""

    listed: Listed
    life: Life
    known: bool = True
    listed_at: datetime | None = None  # since when it is on the list, where it came to it later than the others
    last_at: datetime | None = None
    since: datetime | None = None
    state: SourceState = "waiting"
    problem: Text | None = None
    spoken: deque[datetime] = msgspec.field(default_factory=lambda: deque(maxlen=RATED_MOST))
    doubts: deque[str | None] = msgspec.field(default_factory=lambda: deque(maxlen=GOOD_OVER))
    doubted: Text | None = None  # why its readings are not to be believed now
    sees_wrong: Text | None = None  # why what it shows is no picture of now, though it speaks
    clock_off_s: float = 0.0
    behind: list[tuple[datetime, float]] = []  # the last arrivals of late readings alone, each with seconds behind
    clock_back: bool = False  # its clock was set back: nothing it says is newer than what it said before
    simulated: bool = False
    silent_before: bool = False


class Turn(msgspec.Struct, frozen=True):
    """A live source that fell silent (or cannot be reached), or that came back."""

    entry: Entry
    silent: bool
    quiet_s: float


class SourceBook:
    """The sources of one owner (a module, or `camera`), by key. `gap_periods` periods without a word are silence;
    `limits` say when what a source says is doubtful."""

    def __init__(
        self,
        owner: str,
        listed: Iterable[Listed],
        now: datetime,
        *,
        gap_periods: float,
        limits: DoubtLimits = NO_LIMITS,
    ) -> None:
        self.owner = owner
        self.entries = {one.key: Entry(one, one.life, simulated=one.simulated) for one in listed}
        self.unlisted_dropped = 0
        self._lists = bool(self.entries)
        self._begun = now
        self._watched_until = now  # by the process before this one
        self._gap_periods = gap_periods
        self._limits = limits
        self._elsewhere: dict[tuple[str, str], Life] = {}

    def note(self, owner: str, reading: Observation, received_at: datetime, reason: str | None = None) -> None:
        """A judged reading of one of the owner's sources; `reason` says why it is suspect or bad."""
        entry = self._entry(reading.source) if owner == self.owner else None
        if entry is None:
            return
        entry.simulated = reading.simulated
        if reading.late:
            self._came_late(entry, reading, received_at)
            return
        entry.behind, entry.clock_back = [], False
        self._spoke(entry, received_at)
        entry.doubts.append(doubt_of(reading, received_at, reason, self._limits))
        if isinstance(reading.at, datetime):
            entry.clock_off_s = (received_at - reading.at).total_seconds()

    def _came_late(self, entry: Entry, reading: Observation, received_at: datetime) -> None:
        """What was stored somewhere and comes afterwards says nothing of now, unless the clock itself was set back."""
        if not isinstance(reading.at, datetime):
            return
        behind_s = (received_at - reading.at).total_seconds()
        if entry.behind and entry.behind[-1][0] == received_at:  # of one arrival its newest reading counts
            behind_s = min(behind_s, entry.behind.pop()[1])
        entry.behind = [*entry.behind[-1:], (received_at, behind_s)]
        entry.clock_back = set_back([seconds for _, seconds in entry.behind], entry.listed.period_s)
        if entry.clock_back:
            self._spoke(entry, received_at)
            entry.clock_off_s = behind_s

    def heard(self, said: Heard) -> None:
        """A source without readings answered, or could not be reached."""
        entry = self._entry(said.key)
        if entry is None:
            return
        if said.problem is None:
            self._spoke(entry, said.at)
        entry.problem = said.problem

    def sees(self, key: str, wrong: Text | None) -> None:
        """Why the picture of a camera that speaks tells nothing of now; None where it does."""
        entry = self._entry(key)
        if entry is not None:
            entry.sees_wrong = wrong

    def judges(self, reading: Observation) -> bool:
        """Whether rules may look at the reading: only those of live sources may raise an alarm.

        A module that lists no source at all hears everybody.
        """
        owner = reading.kind.partition(".")[0]
        if owner != self.owner:
            return self._elsewhere.get((owner, reading.source), "live") == "live"
        entry = self.entries.get(reading.source)
        return not self._lists or (entry is not None and entry.life == "live")

    def list_anew(self, listed: Iterable[Listed], now: datetime) -> None:
        """Another list, of a city that was changed while it runs: what is known of sources on both stays, and a new one
        is listened for from now on."""
        wanted = {one.key: one for one in listed}
        for key in [key for key, entry in self.entries.items() if entry.known and key not in wanted]:
            del self.entries[key]
        for key, one in wanted.items():
            entry = self.entries.get(key)
            if entry is not None and entry.known:
                entry.listed = one
            else:  # also one that spoke before it was on the list
                last_at = entry.last_at if entry else None
                self.entries[key] = Entry(one, one.life, listed_at=now, last_at=last_at, simulated=one.simulated)
        self._lists = bool(wanted)

    def set_lives(self, decided: Mapping[tuple[str, str], Life]) -> None:
        """What people decided, by (owner, key); a source nobody decided on stands where its list says."""
        for key, entry in self.entries.items():
            entry.life = decided.get((self.owner, key), entry.listed.life)

    def set_elsewhere(self, lives: Mapping[tuple[str, str], Life]) -> None:
        """Where the sources of other owners stand, by (owner, key)."""
        self._elsewhere = dict(lives)

    def go_on(self, watched_until: datetime) -> None:
        """When the process before this one last watched: only the time nobody watched is no silence."""
        self._watched_until = min(watched_until, self._begun)

    def remember(
        self,
        key: str,
        last_at: datetime | None,
        state: SourceState,
        since: datetime | None,
        reason: Text | None = None,
    ) -> None:
        """What the process before this one knew of a source; a silence told is not told again, and a doubt stays
        until there are enough readings to judge it anew."""
        entry = self.entries.get(key)
        if entry is None:
            return
        if last_at is not None and (entry.last_at is None or entry.last_at < last_at):
            entry.last_at = last_at
        if _quiet(state):
            entry.state, entry.since, entry.silent_before = "silent", since, True
        elif state == "doubtful":
            entry.state, entry.since, entry.doubted = state, since, reason

    def look(self, now: datetime) -> list[Turn]:
        """Brings every state up to `now`; the live sources that fell silent or came back since the last look."""
        turns: list[Turn] = []
        for entry in self.entries.values():
            if len(entry.doubts) >= LEAST_READINGS:
                entry.doubted = why_doubtful(entry.doubts, self._limits)
            before, entry.state = entry.state, self._state(entry, now)
            if before != entry.state:
                entry.since = now
            if entry.life == "live" and _quiet(before) != _quiet(entry.state) and (before, entry.state) != _BEGUN:
                turns.append(Turn(entry, _quiet(entry.state), self._quiet_s(entry, now)))
        return turns

    def _entry(self, key: str) -> Entry | None:
        entry = self.entries.get(key)
        if entry is None:
            if sum(not one.known for one in self.entries.values()) >= MOST_UNLISTED:
                self.unlisted_dropped += 1
                return None
            stranger = Listed(key=key, name=key, kind="unknown", period_s=0, life="commissioning")
            entry = self.entries[key] = Entry(stranger, "commissioning", known=False, problem=_UNLISTED)
        return entry

    def _spoke(self, entry: Entry, at: datetime) -> None:
        entry.last_at = at if entry.last_at is None else max(at, entry.last_at)
        entry.silent_before = False
        entry.spoken.append(at)

    def _state(self, entry: Entry, now: datetime) -> SourceState:
        if entry.known and entry.problem is not None:
            return "unavailable"
        if entry.silent_before:
            return "silent"
        period = entry.listed.period_s
        heard = entry.last_at is not None
        if period > 0 and self._quiet_s(entry, now) > self._gap_periods * period:
            return "silent"
        if not heard and period > 0:
            return "waiting"
        if _doubt(entry) is not None:
            return "doubtful"
        return "late" if period > 0 and self._quiet_s(entry, now) > LATE_AFTER_PERIODS * period else "live"

    def _quiet_s(self, entry: Entry, now: datetime) -> float:
        """How long somebody has listened in vain: the time between the process before this one and this does not
        count."""
        if entry.last_at is None:
            return (now - (entry.listed_at or self._begun)).total_seconds()
        unwatched = max(timedelta(), self._begun - max(entry.last_at, self._watched_until))
        return (now - entry.last_at - unwatched).total_seconds()


_BEGUN = ("waiting", "live")


def _quiet(state: SourceState) -> bool:
    return state in ("silent", "unavailable")


def _doubt(entry: Entry) -> Text | None:
    return CLOCK_OFF if entry.clock_back else entry.sees_wrong or entry.doubted


def body_of(owner: str, entry: Entry, now: datetime) -> dict[str, Any]:
    """What the screens show of a source. Times are ISO 8601 UTC, `lonlat` longitude first."""
    while entry.spoken and now - entry.spoken[0] > RATE_OVER:
        entry.spoken.popleft()
    off = round(entry.clock_off_s, 1)
    good = entry.doubts.count(None) / len(entry.doubts) if entry.doubts else None
    reason = _doubt(entry) if entry.state == "doubtful" else entry.problem
    return {
        "id": f"{owner}:{entry.listed.key}",
        "module": owner,
        "key": entry.listed.key,
        "name": entry.listed.name,
        "kind": entry.listed.kind,
        "life": entry.life,
        "state": entry.state,
        "since": iso(entry.since) if entry.since else None,
        "last_at": iso(entry.last_at) if entry.last_at else None,
        "period_s": entry.listed.period_s or None,
        "rate_per_min": len(entry.spoken),
        "good_share": round(good, 2) if good is not None else None,
        "clock_off_s": off if abs(off) > max(CLOCK_OFF_SHOWN_S, entry.listed.period_s) else None,
        "reason": {"vi": reason.vi, "en": reason.en} if reason else None,
        "lonlat": list(entry.listed.lonlat) if entry.listed.lonlat else None,
        "simulated": entry.simulated,
    }
