"""What a module said today: nothing twice, and a new count at the city's midnight, which is 17:00 UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ioc.core.clock import SetClock
from ioc.core.envelope import Recorded
from ioc.host.said_today import SaidToday
from ioc.store import Store
from tests.events import an_event

EVENING = datetime(2026, 11, 21, 16, 50, tzinfo=UTC)  # 23:50 in Thanh Hóa


async def test_it_goes_on_from_what_the_log_holds_and_counts_no_position_twice(sqlite_store: Store):
    for time in (EVENING - timedelta(days=1), EVENING, EVENING):
        await sqlite_store.write(lambda tx, at=time: tx.append(an_event(time=at, module="noise")))
    said = SaidToday("noise", SetClock(EVENING))
    await said.begin(sqlite_store)
    assert said.count() == 2
    again = Recorded(3, an_event(module="noise"))
    new = Recorded(4, an_event(module="noise"))
    for seen in (again, new, new, Recorded(5, an_event(module="other"))):
        said.see(seen)
    assert said.count() == 3


def test_midnight_begins_anew():
    clock = SetClock(EVENING)
    said = SaidToday("noise", clock)
    said.see(Recorded(1, an_event(module="noise")))
    assert said.count() == 1
    clock.move(timedelta(minutes=15))
    assert said.count() == 0
