"""Numbers for Prometheus: counted as requests pass, and looked up when asked for."""

from __future__ import annotations

from typing import Any

from prometheus_client import CollectorRegistry, Gauge, Histogram, generate_latest

from ioc.bus import BusUnavailable

_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0)


class Measures:
    """One process's numbers, in a registry of its own."""

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
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
                ("feed_clients", "Screens connected"),
            )
        }
        self._cursors = Gauge(
            "ioc_cursor_lag", "Positions a consumer of events is behind", ["consumer"], registry=registry
        )
        self._series = Gauge(
            "ioc_series_lag", "Batches of readings that are not in their series yet", ["owner"], registry=registry
        )
        self._modules = Gauge("ioc_module_live", "1 while a module is live", ["module"], registry=registry)
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

    async def text(self, state: Any, modules: list[dict[str, Any]]) -> bytes:
        """Everything in Prometheus' text form, with gauges looked up now."""
        head = await state.store.log.head()
        self._single["log_head"].set(head)
        self._single["observation_head"].set(await state.store.observations.head())
        self._single["dead_letters"].set(len(await state.store.dead.list(limit=10_000)))
        await self._lags(state, head)
        self._series.clear()
        for owner, behind in (await state.store.observations.behind()).items():
            self._series.labels(owner).set(behind)
        self._single["feed_clients"].set(len(state.feed.audience))
        self._modules.clear()
        self._restarts.clear()
        for module in modules:
            self._modules.labels(module["name"]).set(module["state"] == "live")
            self._restarts.labels(module["name"]).set(module.get("restarts", 0))
        return generate_latest(self._registry)

    async def _lags(self, state: Any, head: int) -> None:
        self._cursors.clear()
        for cursor in await state.store.cursors.all():
            if ":readings" not in cursor.consumer:  # those count positions of the other log
                self._cursors.labels(cursor.consumer).set(max(0, head - cursor.position))
        try:
            behind = max(0, head - (await state.bus.last() or 0))
        except BusUnavailable:
            behind = head  # all of it would have to be read from the table
        self._single["relay_lag"].set(behind)
