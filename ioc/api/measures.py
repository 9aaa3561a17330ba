"""Numbers for Prometheus: counted as requests pass, and looked up when asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol, get_args

import msgspec
from prometheus_client import CollectorRegistry, Gauge, Histogram, generate_latest

from ioc.bus import BusUnavailable
from ioc.contract.cards import ModuleCard, SourceCard
from ioc.core.clock import Clock, SystemClock
from ioc.host.flow import flow_of

_WAITS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0)
_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0)


class Carried(Protocol):
    """An event on its way; `body` is its envelope."""

    @property
    def body(self) -> bytes:
        """The envelope, byte for byte."""
        ...


class _When(msgspec.Struct):
    recordedtime: datetime


_when = msgspec.json.Decoder(_When)


RECENT = timedelta(minutes=1)  # what an event took longer ago says nothing of now


class _Delay(NamedTuple):
    seconds: float
    at: datetime


class Measures:
    """One process's numbers, in a registry of its own. `relay_s` and `feed_s` are how long the last event of the past
    minute took from its commit to the bus and to the screens, in seconds; None while there was none."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._relay: _Delay | None = None
        self._feed: _Delay | None = None
        registry = self._registry = CollectorRegistry()
        self._relayed = _waits(registry, "relay", "Seconds from commit to the bus, the oldest event of a batch")
        self._shown = _waits(registry, "feed", "Seconds from commit to the screens, the oldest event of a batch")
        self._requests = Histogram(
            "ioc_http_request_seconds",
            "Time to answer, by route",
            ["method", "route", "status"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._counted: dict[tuple[str, str, int], Histogram] = {}
        self._accepts = Histogram(
            "ioc_accept_seconds",
            "Time from request to committed 2xx of what changes something",
            buckets=_SECONDS,
            registry=registry,
        )
        self._single = {
            name: Gauge(f"ioc_{name}", text, registry=registry)
            for name, text in (
                ("log_head", "Last position of the event log"),
                ("observation_head", "Last position of the observation log"),
                ("relay_lag", "Positions committed but not yet in the bus"),
                ("dead_letters", "Events set aside because they could not be handled"),
                ("dead_letter_age_seconds", "How long the oldest of them has been set aside"),
                ("feed_clients", "Screens connected"),
                ("feed_queued_bytes", "Bytes that wait for screens that are behind"),
            )
        }
        self._dead = Gauge("ioc_dead_letters_of", "The same of one consumer", ["consumer"], registry=registry)
        self._waiting = Gauge("ioc_writes_waiting", "Writes of the API that wait, by log", ["log"], registry=registry)
        self._ages = Gauge(
            "ioc_cursor_age_seconds", "How long a consumer's oldest event has waited", ["consumer"], registry=registry
        )
        self._cursors = Gauge(
            "ioc_cursor_lag", "Positions a consumer of events is behind", ["consumer"], registry=registry
        )
        self._series = Gauge(
            "ioc_series_lag", "Batches of readings that are not in their series yet", ["owner"], registry=registry
        )
        self._modules = Gauge("ioc_module_live", "1 while a module is live", ["module"], registry=registry)
        self._states = Gauge("ioc_module_state", "1 for the state it is in", ["module", "state"], registry=registry)
        self._heard = Gauge(
            "ioc_module_age_seconds",
            "Seconds since it said how it is; it does once a second",
            ["module"],
            registry=registry,
        )
        self._sources = Gauge("ioc_sources", "Sources by owner and state", ["module", "state"], registry=registry)
        self._restarts = Gauge(
            "ioc_module_restarts", "Restarts since the supervisor was started", ["module"], registry=registry
        )

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Counts one answered request."""
        name = (method, route, status // 100)
        counted = self._counted.get(name)
        if counted is None:
            counted = self._counted[name] = self._requests.labels(method, route, f"{status // 100}xx")
        counted.observe(seconds)
        if method == "POST" and 200 <= status < 300:
            self._accepts.observe(seconds)

    def relayed(self, rows: Sequence[Carried]) -> None:
        """Rows have come into the bus."""
        self._relay = self._since(rows[0])
        self._relayed.observe(self._relay.seconds)

    def handed_out(self, rows: Sequence[Carried]) -> None:
        """Rows have gone to the screens."""
        self._feed = self._since(rows[0])
        self._shown.observe(self._feed.seconds)

    @property
    def relay_s(self) -> float | None:
        """See the class."""
        return self._recent(self._relay)

    @property
    def feed_s(self) -> float | None:
        """See the class."""
        return self._recent(self._feed)

    def _recent(self, last: _Delay | None) -> float | None:
        return last.seconds if last and self._clock.now() - last.at <= RECENT else None

    def _since(self, row: Carried) -> _Delay:
        now = self._clock.now()
        try:
            committed = _when.decode(row.body).recordedtime
        except msgspec.DecodeError:  # an event no build of ours wrote; whoever shows it says so
            committed = now
        return _Delay(max(0.0, (now - committed).total_seconds()), now)

    async def text(
        self, state: Any, modules: Sequence[dict[str, Any]], sources: Sequence[dict[str, Any]] = ()
    ) -> bytes:
        """Everything in Prometheus' text form, with gauges looked up now."""
        self._single["observation_head"].set(await state.store.observations.head())
        await self._lags(state)
        self._series.clear()
        for owner, behind in (await state.store.observations.behind()).items():
            self._series.labels(owner).set(behind)
        self._single["feed_clients"].set(len(state.feed.audience))
        self._single["feed_queued_bytes"].set(state.feed.queued())
        for log, waiting in state.store.waiting.items():
            self._waiting.labels(log).set(waiting)
        self._tell_modules(modules)
        self._tell_sources(sources)
        return generate_latest(self._registry)

    def _tell_modules(self, modules: Sequence[dict[str, Any]]) -> None:
        for gauge in (self._modules, self._restarts, self._states, self._heard):
            gauge.clear()
        for module in modules:
            name = module["name"]
            self._modules.labels(name).set(module["state"] == "live")
            self._restarts.labels(name).set(module.get("restarts", 0))
            for state in _MODULE_STATES:
                self._states.labels(name, state).set(module["state"] == state)
            if module.get("age_s") is not None:
                self._heard.labels(name).set(module["age_s"])

    def _tell_sources(self, sources: Sequence[dict[str, Any]]) -> None:
        self._sources.clear()
        counted = Counter((source["module"], source["state"]) for source in sources)
        for module in {module for module, _ in counted}:
            for state in _SOURCE_STATES:
                self._sources.labels(module, state).set(counted[module, state])

    async def _lags(self, state: Any) -> None:
        flow = await flow_of(state.store, state.auth.clock.now())
        for gauge in (self._cursors, self._ages, self._dead):
            gauge.clear()
        for consumer, behind in flow.behind.items():
            self._cursors.labels(consumer).set(behind.positions)
            self._ages.labels(consumer).set(behind.waited_s)
        for consumer, count in flow.dead.items():
            self._dead.labels(consumer).set(count)
        self._single["log_head"].set(flow.head)
        self._single["dead_letters"].set(sum(flow.dead.values()))
        self._single["dead_letter_age_seconds"].set(flow.dead_s)
        try:
            behind_bus = max(0, flow.head - (await state.bus.last() or 0))
        except BusUnavailable:
            behind_bus = flow.head  # all of it would have to be read from the table
        self._single["relay_lag"].set(behind_bus)


def _waits(registry: CollectorRegistry, name: str, text: str) -> Histogram:
    return Histogram(f"ioc_{name}_delay_seconds", text, buckets=_WAITS, registry=registry)


def _words_of(card: type[msgspec.Struct], field: str) -> tuple[str, ...]:
    """The closed list of words a field of a card may hold."""
    return get_args(next(one.type for one in msgspec.structs.fields(card) if one.name == field))


_MODULE_STATES = _words_of(ModuleCard, "state")
_SOURCE_STATES = _words_of(SourceCard, "state")
