"""How long a city keeps what, from its thresholds; and the sweep that sees to it."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from ioc.city.profile import City
from ioc.contract import Log
from ioc.core.errors import Problem
from ioc.incidents.held import cover_incidents
from ioc.store import Store
from ioc.store.keeping import Keeping

OBSERVATIONS_DAYS = "retention.observations_days"
PERSONAL_DAYS = "retention.personal_days"
EVERY_S = 3600.0
PROOFS = 24  # sweeps between two looks at what is left


def keeping_of(city: City, now: datetime) -> Keeping:
    """The city's own times; without a row the platform's."""
    plain = Keeping()
    return Keeping(
        observations=_days(city, OBSERVATIONS_DAYS, now) or plain.observations,
        personal=_days(city, PERSONAL_DAYS, now) or plain.personal,
    )


async def keep_swept(store: Store, city: City, log: Log) -> None:
    """Removes what is past its time once an hour and proves once a day that it is gone, for ever."""
    turn = 0
    while True:
        await asyncio.sleep(EVERY_S)
        try:
            await sweep_once(store, city, log, prove=turn % PROOFS == 0)
        except Problem as problem:
            log.warning("the sweep did not get through", reason=str(problem))
            continue
        turn += 1


async def sweep_once(store: Store, city: City, log: Log, *, prove: bool) -> None:
    """One sweep, and a look at what is left."""
    keeping = keeping_of(city, store.now())
    await cover_incidents(store)
    await store.sweep(keeping)
    if prove and not (found := await store.prove_swept(keeping)).gone:
        log.error("what is past its time is still there", **found.told())


def _days(city: City, name: str, now: datetime) -> timedelta | None:
    try:
        return timedelta(days=city.threshold(name, now))
    except LookupError:
        return None
