"""How long a city keeps what, from its thresholds; and the sweep that sees to it."""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import suppress
from datetime import datetime, timedelta

from ioc.city.profile import City
from ioc.contract import Log
from ioc.core.errors import Problem
from ioc.evidence.folder import EvidenceFolder
from ioc.evidence.sweep import prove_evidence, sweep_evidence
from ioc.host.sweep_doubt import SweepDoubt
from ioc.incidents.held import cover_incidents
from ioc.store import Store
from ioc.store.keeping import EvidenceKeeping, Keeping

OBSERVATIONS_DAYS = "retention.observations_days"
PERSONAL_DAYS = "retention.personal_days"
ORIGINAL_DAYS = "retention.evidence_original_days"
OTHER_DAYS = "retention.evidence_days"
CLASS_DAYS = re.compile(r"retention\.evidence\.([a-z][a-z0-9_]*)_days")
EVERY_S = 3600.0
FIRST_S = 300.0  # after a start: a web process that is started anew every half hour would else never sweep
PROOFS = 24  # sweeps between two looks at what is left


def keeping_of(city: City, now: datetime) -> Keeping:
    """The city's own times; without a row the platform's."""
    plain = Keeping()
    return Keeping(
        observations=_days(city, OBSERVATIONS_DAYS, now) or plain.observations,
        personal=_days(city, PERSONAL_DAYS, now) or plain.personal,
        evidence=_of_evidence(city, now),
    )


def _of_evidence(city: City, now: datetime) -> EvidenceKeeping:
    plain = EvidenceKeeping()
    named = {found[1]: one.name for one in city.thresholds if (found := CLASS_DAYS.fullmatch(one.name))}
    classes = {name: _days(city, threshold, now) for name, threshold in named.items()}
    return EvidenceKeeping(
        classes={name: kept for name, kept in classes.items() if kept is not None},
        other=_days(city, OTHER_DAYS, now) or plain.other,
        original=_days(city, ORIGINAL_DAYS, now) or plain.original,
    )


async def keep_swept(store: Store, city: City, evidence: EvidenceFolder, log: Log) -> None:
    """Removes what is past its time, soon after the start and then once an hour, and proves once a day that it is gone,
    for ever. Nothing is removed while the clock is in doubt (see `ioc.host.sweep_doubt`). Holds that an older build set
    are brought up to this one's first."""
    turn, doubt = 0, SweepDoubt()
    with suppress(Problem):  # the store is away; each sweep does it, too
        await cover_incidents(store)
    while True:
        await asyncio.sleep(EVERY_S if turn else FIRST_S)
        try:
            last = await store.last_sweep()
            if doubt.doubts(store.now(), last, time.monotonic()):
                log.error("the clock is far ahead of the last sweep: nothing is removed for a day", last_sweep=last)
                continue
            await sweep_once(store, city, evidence, log, prove=turn % PROOFS == 0)
        except (Problem, OSError) as problem:
            log.warning("the sweep did not get through", reason=str(problem))
            continue
        turn += 1


async def sweep_once(store: Store, city: City, evidence: EvidenceFolder, log: Log, *, prove: bool) -> None:
    """One sweep, and a look at what is left."""
    keeping = keeping_of(city, store.now())
    await cover_incidents(store)
    await store.sweep(keeping)
    await sweep_evidence(store, evidence, store.now(), keeping.evidence)
    if not prove:
        return
    if not (found := await store.prove_swept(keeping)).gone:
        log.error("what is past its time is still there", **found.told())
    left = await prove_evidence(store, evidence, store.now(), keeping.evidence)
    if left.files or left.folders:
        log.error("files of evidence are still there", files=left.files, folders=left.folders)


def _days(city: City, name: str, now: datetime) -> timedelta | None:
    try:
        return timedelta(days=city.threshold(name, now))
    except LookupError:
        return None
