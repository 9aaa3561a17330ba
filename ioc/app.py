"""Puts the parts of the API process together: HTTP, feed and relay."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from functools import cache, partial
from typing import Any

import msgspec
import uvicorn
from fastapi import FastAPI

from ioc.api.camera_news import follow_cameras
from ioc.api.frame import create_api, own_hosts, own_origins
from ioc.api.measures import Measures
from ioc.api.patient_http import patient_http
from ioc.api.quick_door import QuickDoor
from ioc.api.tiles import CityTiles
from ioc.auth import Auth, AuthSettings, DemoAuth
from ioc.bus import BusUnavailable, Relay, ShowingNotes, SteppedBack
from ioc.contract.cards import CARDS
from ioc.core.clock import iso
from ioc.core.text import Text
from ioc.evidence.folder import EvidenceFolder
from ioc.feed.hub import Hub
from ioc.feed.messages import CLIENT_MESSAGES, DURABLE_CARDS, SYSTEM_MESSAGES
from ioc.feed.options import Options
from ioc.feed.pictures import camera_scopes
from ioc.feed.ports import LogRow
from ioc.feed.protocol import gateway
from ioc.feed.sources import store_sources
from ioc.host.announce import announce, part_health
from ioc.host.asyncapi import document
from ioc.host.cameras_followed import FollowedCameras
from ioc.host.carried import is_carried
from ioc.host.children import Pulse
from ioc.host.discovery import find_modules, load_part
from ioc.host.doors import HostDoor
from ioc.host.flow import card_of, flow_of
from ioc.host.judged import Judge, JudgedValues
from ioc.host.keeping import keep_swept
from ioc.host.parts import Parts, open_parts
from ioc.host.process import run_together, run_until_stopped
from ioc.host.reading_owners import reading_owners
from ioc.host.standing import takes_nothing
from ioc.host.watched import watch_folder
from ioc.logs import configure
from ioc.settings import Settings
from ioc.store import StoreUnavailable

BUILD = "0.1.0"


def api_worker(settings: Settings, pulse: Pulse) -> None:
    """Serves HTTP and the feed and relays the log to the bus, until SIGTERM."""
    configure("api", level=settings.log_level)
    for spec in find_modules().values():
        load_part(spec, "api")  # before the loop turns: one that stands still while it imports is taken for hung

    async def main(stopping: asyncio.Event) -> None:
        async with open_parts(settings, "api") as parts:
            await _serve(parts, stopping)

    run_until_stopped(main, pulse)


async def _serve(parts: Parts, stopping: asyncio.Event) -> None:
    auth = _auth(parts)
    hub = _hub(parts, auth)
    app = build_app(parts, auth, hub)
    measures: Measures = app.state.measures
    server = Server(_uvicorn(parts.settings, app, hub))
    relay = Relay(parts.store, parts.bus, measures.relayed)
    notes = ShowingNotes(parts.bus)
    hub.told = partial(_handed_out, hub, measures, notes)
    served = asyncio.Event()

    async def serve() -> None:
        """Open requests are answered before the store is closed under them."""
        await server.run_until(stopping)
        served.set()

    swept = keep_swept(parts.store, parts.city, EvidenceFolder(parts.settings.evidence_home), parts.log)
    asides = [notes.run(), follow_cameras(app.state), swept]
    announcing = [_announce_self(parts, measures), _announce_bus(parts)]
    await hub.start()
    try:
        await run_together(served, [serve(), _relaying(parts, relay), *asides, *announcing])
    finally:
        server.should_exit = True
        await hub.stop()


def _handed_out(hub: Hub, measures: Measures, notes: ShowingNotes, rows: Sequence[LogRow]) -> None:
    measures.handed_out(rows)
    notes.see(rows[0].position, rows[-1].position, len(hub.audience))


async def _relaying(parts: Parts, relay: Relay) -> None:
    """Carries the log to the bus. When the table has stepped back the process ends, after a note: the next one begins
    anew, with screens that were told things which never were."""
    try:
        await relay.run()
    except SteppedBack:
        parts.log.error("the log ends before what was read from it: is this database an older copy?")
        await parts.store.step_back()
        raise


def build_app(parts: Parts, auth: Auth, hub: Hub) -> FastAPI:
    """The HTTP application with every door of the city's modules."""
    specs = find_modules()
    app = create_api(parts.settings, auth, specs.values())
    state = app.state
    state.store, state.city, state.gis, state.settings = parts.store, parts.city, parts.gis, parts.settings
    state.followed = FollowedCameras(parts.city, parts.settings.city_dir, parts.settings.city_overlay)
    state.auth, state.feed, state.bus, state.build = auth, hub, parts.bus, BUILD
    state.reading_owners = reading_owners(parts.city, specs)
    state.tiles = CityTiles(parts.city, parts.gis)
    state.asyncapi = cache(lambda: msgspec.json.encode(describe_messages()))
    state.doors = {
        name: HostDoor(
            spec=spec,
            city=parts.city,
            store=parts.store,
            gis=parts.gis,
            clock=parts.clock,
            log=parts.log,
            demo=parts.settings.demo,
            model=parts.settings.camera_model,
        )
        for name, spec in specs.items()
    }
    return app


def describe_messages() -> dict[str, Any]:
    """The AsyncAPI document of every module that can be found and of the feed."""
    return document(
        version=BUILD,
        specs=find_modules().values(),
        said=SYSTEM_MESSAGES,
        changes={**DURABLE_CARDS, **CARDS},
        heard=CLIENT_MESSAGES,
    )


def _auth(parts: Parts) -> Auth:
    kind = DemoAuth if parts.settings.demo else Auth
    return kind(parts.store, AuthSettings.of(parts.settings, parts.city.id))


def _hub(parts: Parts, auth: Auth) -> Hub:
    settings = parts.settings
    options = Options(
        city=parts.city.id,
        build=BUILD,
        demo=settings.demo,
        simulated=settings.demo,
        hosts=frozenset(host.casefold() for host in own_hosts(settings)),
        origins=frozenset(own_origins(settings)),
        trusted_proxies=frozenset(settings.trusted_proxies),
    )
    titles = {name: spec.title for name, spec in find_modules().items()}
    judge = Judge(parts.city, titles, watch_folder(settings.state_dir), parts.clock)
    judged = JudgedValues(parts.store.latest, judge)
    sources = store_sources(
        parts.store, parts.tail.after, latest=judged, frames=parts.frames, cameras=camera_scopes(parts.city)
    )
    hub = Hub(options, sources, authenticate=auth.authenticate, recheck=partial(auth.authenticate, touch=False))
    hub.pictures.take_city(parts.city)
    return hub


def _uvicorn(settings: Settings, app: FastAPI, hub: Hub) -> uvicorn.Config:
    return uvicorn.Config(
        QuickDoor(app),
        host=settings.host,
        port=settings.port,
        ws=gateway(hub),
        loop="none",
        http=patient_http(app.state.safe_headers),
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        forwarded_allow_ips=list(settings.trusted_proxies),
        timeout_graceful_shutdown=5,
    )


class Server(uvicorn.Server):
    """uvicorn inside our own frame: the frame decides about signals."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves signals alone."""
        yield

    async def run_until(self, stopping: asyncio.Event) -> None:
        """Serves until told to stop, then lets open requests finish."""
        serving = asyncio.create_task(self.serve())
        waiting = asyncio.create_task(stopping.wait())
        await asyncio.wait([serving, waiting], return_when=asyncio.FIRST_COMPLETED)
        self.should_exit = True
        waiting.cancel()
        await serving


async def _announce_self(parts: Parts, measures: Measures) -> None:
    """Says that HTTP and the feed are served, and how events flow."""
    since = iso(parts.clock.now())

    async def health() -> dict[str, object]:
        flow, refused = await _flow(parts, measures), parts.store.refused
        detail = takes_nothing(refused) if refused else None
        return part_health(Text("Dịch vụ web", "Web service"), since, good=not refused, detail=detail, flow=flow)

    await announce(parts.store, "api", health, parts.log)


async def _flow(parts: Parts, measures: Measures) -> dict[str, object] | None:
    """None while the store is away: nobody knows."""
    try:
        flow = await flow_of(parts.store, parts.clock.now())
    except StoreUnavailable:
        return None
    card: dict[str, object] = msgspec.to_builtins(card_of(flow, relay_s=measures.relay_s, feed_s=measures.feed_s))
    return card


async def _announce_bus(parts: Parts) -> None:
    """Says on the screens when the quick way is away; the table carries everything meanwhile."""
    title = Text("Kênh tin nhanh", "Quick channel")
    slow = Text("Redis không nhận tin: tin đi chậm hơn, không mất", "Redis takes no news: slower, nothing is lost")
    since = iso(parts.clock.now())
    was_good = True

    async def health() -> dict[str, object]:
        nonlocal since, was_good
        good = await _takes(parts)
        if good != was_good:
            since, was_good = iso(parts.clock.now()), good
        return part_health(title, since, good=good, detail=None if good else slow)

    await announce(parts.store, "bus", health, parts.log)


async def _takes(parts: Parts) -> bool:
    try:
        return await is_carried(parts.store, parts.bus, parts.clock.now())
    except BusUnavailable:
        return False
