"""How many series an owner may have: keys made up by a broken or hostile device must not fill the store, nor keep out
the sources that the city knows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta

from ioc.core.text import Text
from ioc.store import Store
from ioc.store.series import Known, SeriesKey

MOST_SERIES = 50_000  # of one owner
MOST_OF_SOURCE = 200  # of one source that the city lists: room that nobody else can take
SILENT = timedelta(days=1)  # once there is no room, what nobody lists and nobody heard for so long makes some
FREED_EVERY_MS = 3_600_000

Wanted = dict[SeriesKey, str]  # their units
Listed = Callable[[str], bool]  # whether the city knows a source, by its key


def source_of(name: SeriesKey) -> str:
    """The source a series is of: `cam-02` of the key `cam-02/north/in`."""
    return name[1].partition("/")[0]


class Room:
    """Finds an owner's series and begins new ones as far as there is room. `unkept` is how many of those last asked for
    had none, `freed` which were given up for it and must be forgotten."""

    def __init__(self, store: Store, owner: str, listed: Listed) -> None:
        self._store = store
        self._owner = owner
        self._listed = listed
        self._freed_ms = 0
        self.unkept = 0
        self.freed: set[SeriesKey] = set()

    async def find(self, wanted: Wanted, now_ms: int) -> dict[SeriesKey, Known]:
        """Those wanted that are there or could be begun.

        Raises:
            StoreUnavailable: nothing is known.
        """
        strangers = {name: unit for name, unit in wanted.items() if not self._listed(source_of(name))}
        found = await self._of_listed({name: unit for name, unit in wanted.items() if name not in strangers})
        found |= await self._of_strangers(strangers, now_ms)
        self.unkept = len(wanted) - len(found)
        return found

    async def _of_listed(self, wanted: Wanted) -> dict[SeriesKey, Known]:
        by_source: dict[str, Wanted] = defaultdict(dict)
        for name, unit in wanted.items():
            by_source[source_of(name)][name] = unit
        found: dict[SeriesKey, Known] = {}
        for source, its in by_source.items():
            there = await self._store.series.count(self._owner, source)
            found |= await self._store.series.known(self._owner, its, max(0, MOST_OF_SOURCE - there))
        return found

    async def _of_strangers(self, wanted: Wanted, now_ms: int) -> dict[SeriesKey, Known]:
        if not wanted:
            return {}
        found = await self._store.series.known(self._owner, wanted, room=0)
        missing = {name: unit for name, unit in wanted.items() if name not in found}
        left = await self._left()
        if len(missing) > left and now_ms - self._freed_ms >= FREED_EVERY_MS:
            self._freed_ms = now_ms
            await self._free(now_ms, wanted)
            left = await self._left()
        return found | await self._store.series.known(self._owner, missing, left) if missing else found

    async def _free(self, now_ms: int, wanted: Wanted) -> None:
        def spared(name: SeriesKey) -> bool:
            return name in wanted or self._listed(source_of(name))

        self.freed |= await self._store.series.free(self._owner, now_ms, SILENT, spared)

    async def _left(self) -> int:
        return max(0, MOST_SERIES - await self._store.series.count(self._owner))


def no_room(unkept: int) -> Text:
    """What a part whose readings found no room says of itself."""
    return Text(
        f"Hết chỗ cho chuỗi số đo mới (nhiều nhất {MOST_SERIES}): {unkept} chuỗi không được giữ",
        f"No room for new series of readings (at most {MOST_SERIES}): {unkept} are not kept",
    )
