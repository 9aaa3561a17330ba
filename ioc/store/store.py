"""The store of one city: the one door to the database for the whole platform."""

from __future__ import annotations

import asyncio
import uuid
from contextlib import AbstractAsyncContextManager, suppress
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection

from ioc.core.clock import Clock, SystemClock, iso
from ioc.core.ids import new_id
from ioc.store.accepted import Accepting, Asked
from ioc.store.access import Access
from ioc.store.audit import AuditTrail
from ioc.store.bell import Bell
from ioc.store.cursors import Cursors
from ioc.store.database import event_database, is_sqlite, observation_database, sqlite_path
from ioc.store.dead import DeadLetters
from ioc.store.errors import SchemaMissing, Unidentified, WrongCity, WrongKey
from ioc.store.event_partitions import make_ahead
from ioc.store.evidence import EvidenceBook
from ioc.store.features import Features
from ioc.store.fences import Fences
from ioc.store.guard import Guard
from ioc.store.held_sources import held_now
from ioc.store.holds import Holds
from ioc.store.keeping import Keeping
from ioc.store.latest import LatestValues
from ioc.store.lives import Lives
from ioc.store.log import Log
from ioc.store.looking import looking
from ioc.store.observations import Observations
from ioc.store.once import Once
from ioc.store.personal import PersonalData
from ioc.store.proving import Overdue, find_overdue
from ioc.store.releases import Releases
from ioc.store.retention import LATEST_LIMIT, Swept, prove, sweep
from ioc.store.seats import Seats
from ioc.store.series import SeriesStore
from ioc.store.series_reading import SeriesReader
from ioc.store.settings import StoreSettings
from ioc.store.states import States
from ioc.store.tables import event, platform
from ioc.store.transaction import Job, Numbers, Transaction
from ioc.store.upsert import insert_for
from ioc.store.vault import Vault

T = TypeVar("T")
KEEPING = Keeping()


class Store:
    """Open it with `Store.open`. `epoch` is the lifetime of the log: it changes only when a backup is restored.
    `feed_epoch` is what screens are told: it changes too when the log was found to have stepped back. `superseded` is
    set when no commit is allowed any more, because a backup takes the store's place."""

    epoch: str
    feed_epoch: str

    def __init__(self, settings: StoreSettings, clock: Clock, guard: Guard | None) -> None:
        self.settings = settings
        self._clock = clock
        self._vault = Vault(settings.key, settings.city)
        self._loop = asyncio.get_running_loop()
        self.log_bell = Bell(settings.state_dir / "log.bell")
        self.latest_bell = Bell(settings.state_dir / "latest.bell")
        self.observation_bell = Bell(settings.state_dir / "observations.bell")
        self.series_bell = Bell(settings.state_dir / "series.bell")
        self.superseded = asyncio.Event()
        events = event_database(settings.url, settings.city, guard)
        observations = observation_database(settings.url, settings.city, guard)
        ending = self._is_superseded
        self._events = Access(events, settings, self._vault, clock, self._events_committed, ending)
        self._observations = Access(observations, settings, self._vault, clock, self._observations_committed, ending)
        self.log = Log(self._events)
        self.cursors = Cursors(self._events)
        self.seats = Seats(self._events)
        self.states = States(self._events)
        self.dead = DeadLetters(self._events)
        self.latest = LatestValues(self._events)
        self.lives = Lives(self._events)
        self.observations = Observations(self._observations)
        self.fences = Fences(self._observations)
        self._held_now = held_now(settings.url, settings.city)
        self.series = SeriesStore(self._observations, self._held_now)
        self.points = SeriesReader(self._observations)
        self.personal = PersonalData(self._events, self._vault)
        self.audit = AuditTrail(self._events, self._vault)
        self.holds = Holds(self._events, self._observations)
        self.features = Features(self._events)
        self.evidence = EvidenceBook(self._events)
        self.releases = Releases(self._events)

    @classmethod
    async def open(cls, settings: StoreSettings, clock: Clock | None = None, *, guarded: bool = True) -> Store:
        """Opens a migrated store. Only the restore itself opens one that is not `guarded` against restores.

        Raises SchemaMissing when it was never migrated (see `ioc.store.migrate`), WrongCity when it belongs to
        another city, WrongKey when the master key is another than before, Unidentified when it has events and does
        not say whose, StoreUnavailable when the database is away, and as Superseded while a restore is not through.
        """
        if is_sqlite(settings.url) and not sqlite_path(settings.url).exists():
            raise SchemaMissing  # opening it would leave an empty file there
        settings.state_dir.mkdir(parents=True, exist_ok=True)
        guard = Guard() if guarded else None
        store = cls(settings, clock or SystemClock(), guard)
        try:
            store.epoch, store.feed_epoch = await store._identify()
            if guard is not None:
                guard.life = store.epoch
        except BaseException:
            await store.close()
            raise
        return store

    async def close(self) -> None:
        """Commits what waits and closes every connection."""
        await self._events.close()
        await self._observations.close()
        for bell in (self.log_bell, self.latest_bell, self.observation_bell, self.series_bell):
            bell.close()

    @property
    def vault(self) -> Vault:
        """The city's keys, for what is sealed outside the database."""
        return self._vault

    @property
    def waiting(self) -> dict[str, int]:
        """How many writes of this process wait, by log."""
        return {"events": self._events.waiting, "observations": self._observations.waiting}

    @property
    def refused(self) -> str | None:
        """Why a commit of this process was refused in the last seconds; a database may answer and take nothing."""
        return self._events.refused or self._observations.refused

    async def step_back(self) -> None:
        """Notes that the log ends before what was read from it: screens of that time may not go on from where they
        were. The processes that open the store from now on tell them so."""
        await self.write(_step_back)

    async def write(self, job: Job[T], accepting: Accepting | None = None) -> T:
        """Runs a job in the writer thread, in one commit with others, and returns its value after that commit. When the
        key that it is `accepting` is known, the job is not done and the earlier reply returned.

        Raises what the job raised, Problem 409 `key-reused` for a key that came with something else, or
        StoreUnavailable (503) while the database is down, full or stuck.
        """
        return await self._events.write(job, accepting)

    def once(self, asked: Asked | None) -> Once:
        """What is done and answered once under a key; each time where there is none."""
        return Once(self._events, asked)

    def read(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A read-only connection; all that is read in one block is one snapshot. Raises StoreUnavailable."""
        return self._events.read()

    def now(self) -> datetime:
        """The present moment of the store's clock."""
        return self._clock.now()

    async def sweep(self, keeping: Keeping = KEEPING) -> Swept:
        """Removes what is past its time (see `ioc.store.retention`); call it every hour or so."""
        await self.write(lambda tx: _note(tx, _SWEPT, iso(tx.now)))
        return await sweep(
            self._events,
            self._observations,
            self._clock.now(),
            keeping=keeping,
            latest_limit=LATEST_LIMIT,
            held=self._held_now,
        )

    async def last_sweep(self) -> datetime | None:
        """When a sweep began last, by the clock of that moment."""
        async with self._events.read_once() as connection:
            found = (await connection.execute(select(platform.c.value).where(platform.c.name == _SWEPT))).scalar()
        return None if found is None else datetime.fromisoformat(found)

    async def prove_swept(self, keeping: Keeping = KEEPING) -> Overdue:
        """Looks for what should be gone, and notes what it found in the audit chain; call it once a day."""
        now = self._clock.now()
        settings = self.settings

        def look() -> Overdue:
            with looking(settings.url, settings.city) as (events, readings):
                return find_overdue(events, readings, now, keeping)

        found = await asyncio.to_thread(look)
        await prove(self._events, found)
        return found

    async def _identify(self) -> tuple[str, str]:
        try:
            return await self.write(lambda tx: _identify(tx, self.settings.city, self._vault.check))
        except (ProgrammingError, OperationalError) as error:
            raise SchemaMissing from error

    def _events_committed(self, numbers: Numbers) -> None:
        self._ring(self.log_bell, numbers.position)
        self._ring(self.latest_bell, numbers.latest)

    def _observations_committed(self, numbers: Numbers) -> None:
        self._ring(self.observation_bell, numbers.position)
        self._ring(self.series_bell, numbers.series)

    def _is_superseded(self) -> None:
        with suppress(RuntimeError):  # a loop that has ended needs no telling
            self._loop.call_soon_threadsafe(self.superseded.set)

    def _ring(self, bell: Bell, number: int | None) -> None:
        if number is not None:
            bell.ring(number)
            self._loop.call_soon_threadsafe(bell.wake)


def _identify(tx: Transaction, city: str, key_check: str) -> tuple[str, str]:
    """The epochs of the log and the feed; notes which city and master key a new store belongs to."""
    whose = {"city": city, "key_check": key_check}
    there = tx.execute(select(platform.c.name).where(platform.c.name.in_(whose))).all()
    if len(there) < len(whose) and tx.execute(select(event.c.position).limit(1)).first() is not None:
        raise Unidentified
    for name, value in ({"epoch": new_id()} | whose).items():
        tx.execute(insert_for(tx.connection, platform).values(name=name, value=value).on_conflict_do_nothing())
    known = {row.name: row.value for row in tx.execute(select(platform))}
    if known["city"] != city:
        raise WrongCity(known["city"], city)
    if known["key_check"] != key_check:
        raise WrongKey
    make_ahead(tx.connection)
    epoch = str(known["epoch"])
    return epoch, _after_step(epoch, str(known[_STEP])) if _STEP in known else epoch


_STEP, _SWEPT = "log stepped back", "swept"


def _after_step(epoch: str, step: str) -> str:
    """Another word for each step of each epoch, as short as any: screens hand it back."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{epoch} {step}"))


def _step_back(tx: Transaction) -> None:
    _note(tx, _STEP, new_id())
    tx.audit("relay", "log.stepped-back", "log", {})


def _note(tx: Transaction, name: str, value: str) -> None:
    put = insert_for(tx.connection, platform).values(name=name, value=value)
    tx.execute(put.on_conflict_do_update(index_elements=["name"], set_={"value": put.excluded.value}))
