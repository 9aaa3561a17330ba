"""Forty cameras looked at five times a second by two workers, for ten minutes, while one of their servers freezes.

The cameras are what a city's sub-streams are: 640×360 at five pictures a second, thirty from files, ten over RTSP on
loopback; of these one comes from a server of its own, which is stopped (SIGSTOP) after a third of the time. Two worker
processes, as on a machine of two cores, share them out over a real Redis; readings go into SQLite, pictures over the
bus.

What is measured: how old the newest picture of the camera that is worst off is, as a screen would have it (a picture a
second is called out of each, so up to a second of it is meant); how long until the frozen one is told as lost; the
longest any other had to wait for a picture after that; processor and memory of the workers and all their decoders.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import psutil

from bench.frame import Goal, Report, Row, Size, percentile
from bench.growth import Growth, mib_per_minute, watched_growth
from bench.latency import run_loop
from bench.machine import cpu_seconds, family, own_mib, pss_mib
from ioc.bus import RedisFrames
from ioc.city.profile import load_city
from ioc.store import Store, StoreSettings, migrate
from tests import servers
from tests.host.meters import CITY_DIR, MASTER_KEY
from tests.streams.cameras import Camera, rtsp_camera
from tests.streams.scenes import write_clip

ROOT = Path(__file__).resolve().parents[1]
SECONDS, QUICK_S = 600, 20
STREAMS, QUICK_STREAMS = 40, 10
OVER_RTSP = 4  # every so manieth
WORKERS = 2
FPS = 5.0
LOOK_S = 0.25
MEMORY_S = 5.0
PARTS = 5  # of the time, in each of which the growth of memory is told
START_S, TOLD_S = 120.0, 60.0
OLDEST_S, TOLD_GOAL_S = 2.0, 10.0
FROZEN = "cam-frozen"
DECODER = "ioc cam-"  # the names of their processes begin so
ROW = """
[[camera]]
id = "{id}"
name = "Camera {id}"
lon = 105.78
lat = 19.8
heading_deg = 0
source = "{source}"
simulated = true
lines = [{{ id = "road", start = [0.5, 0.2], end = [0.5, 0.95] }}]
"""


@dataclass
class Seen:
    """Ages in seconds: of the worst of the good cameras at each look, and since the freeze; what the end was like."""

    oldest_s: list[float] = field(default_factory=list)
    after_freeze_s: list[float] = field(default_factory=list)
    told_s: float | None = None
    cores: float = 0.0
    least_fps: float = 0.0
    unwell: int = 0
    growth: list[Growth] = field(default_factory=list)
    mib: float = 0.0


def run(size: Size) -> Report:
    """Ten minutes and forty cameras; twenty seconds and ten when quick."""
    seconds, streams = size.of(SECONDS, QUICK_S), size.of(STREAMS, QUICK_STREAMS)
    report = Report(f"camera-streams ({streams} streams of {FPS:.0f} pictures/s for {seconds} s, {WORKERS} workers)")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        frozen, sources = _sources(stack, folder, streams)
        valkey = stack.enter_context(servers.valkey())
        url = f"sqlite:///{folder}/ioc.db"
        migrate.upgrade(url)
        profile = _profile(folder, sources)
        workers = [stack.enter_context(_worker(url, valkey.url, folder, profile, one + 1)) for one in range(WORKERS)]
        seen = run_loop(_watch(url, valkey.url, folder, profile, frozen, [one.pid for one in workers], seconds))
    report.rows = _rows(seen, streams, seconds)
    report.notes += _notes(seen, streams, seconds)
    return report


def _sources(stack: ExitStack, folder: Path, streams: int) -> tuple[Camera, dict[str, str]]:
    clip = write_clip(folder / "drive.mp4", 8.0, FPS, 640, 360)
    places = [folder / name for name in ("rtsp", "frozen")]
    for place in places:
        place.mkdir()
    shared, frozen = (stack.enter_context(rtsp_camera(place)) for place in places)
    sources = {FROZEN: frozen.url}
    for number in range(1, streams):
        sources[f"cam-{number:02}"] = shared.url if number % OVER_RTSP == 0 else f"file:{clip}"
    return frozen, sources


def _profile(folder: Path, sources: dict[str, str]) -> Path:
    profile = folder / "profile"
    shutil.copytree(CITY_DIR, profile)
    rows = "".join(ROW.format(id=id, source=source) for id, source in sources.items())
    (profile / "cameras.toml").write_text(rows, encoding="utf-8")
    return profile


@contextmanager
def _worker(url: str, redis: str, folder: Path, profile: Path, number: int) -> Iterator[subprocess.Popen[bytes]]:
    words = (url, redis, str(folder / "state"), str(profile), str(number))
    command = [sys.executable, "-m", "tests.host.lone_cameras", *words]
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ}, stdout=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            process.kill()


async def _watch(
    url: str, redis: str, folder: Path, profile: Path, frozen: Camera, pids: Sequence[int], seconds: int
) -> Seen:
    city = load_city(profile)
    ids, seen = [camera.id for camera in city.cameras], Seen()
    store = await Store.open(StoreSettings(url, city.id, folder / "bench", MASTER_KEY))
    async with _newest(redis, city.id) as newest:
        await _until_all_seen(store, ids, newest)
        with ExitStack() as stack:
            seen.growth = [stack.enter_context(watched_growth(pid, MEMORY_S, _kind, own_mib)) for pid in pids]
            before, began = _cpu(pids), time.perf_counter()
            await _look(store, newest, frozen, seconds, seen)
            seen.cores = (_cpu(pids) - before) / (time.perf_counter() - began)
            seen.mib = _mib(pids)
        last = await _states(store)
        others = [id for id in ids if id != FROZEN]
        seen.least_fps = min(last[id][1] for id in others)
        seen.unwell = sum(last[id][0] != "ok" for id in others)
    await store.close()
    return seen


async def _look(store: Store, newest: dict[str, int], frozen: Camera, seconds: int, seen: Seen) -> None:
    """Looks at the ages of all, and after a third of the time, when one server freezes, at those of the others."""
    began, frozen_at = time.perf_counter(), 0.0
    while (passed := time.perf_counter() - began) < seconds:
        await asyncio.sleep(LOOK_S)
        oldest = time.time() - min(at for id, at in newest.items() if not frozen_at or id != FROZEN) / 1000
        seen.oldest_s.append(oldest)
        if not frozen_at and passed >= seconds / 3:
            frozen.freeze()
            frozen_at = time.perf_counter()
        elif frozen_at:
            seen.after_freeze_s.append(oldest)
            if seen.told_s is None and (await _states(store)).get(FROZEN, ("", 0.0))[0] == "lost":
                seen.told_s = time.perf_counter() - frozen_at


@asynccontextmanager
async def _newest(redis: str, city: str) -> AsyncIterator[dict[str, int]]:
    """When the newest picture of each camera was taken, Unix milliseconds, kept up to date meanwhile."""
    frames, newest = RedisFrames(redis, city=city), dict[str, int]()

    async def listen() -> None:
        async for picture in frames.pictures():
            newest[picture.camera] = max(picture.at_ms, newest.get(picture.camera, 0))

    listening = asyncio.create_task(listen())
    try:
        yield newest
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await frames.close()


async def _until_all_seen(store: Store, ids: Sequence[str], newest: dict[str, int]) -> None:
    async with asyncio.timeout(START_S):
        while True:
            states = await _states(store)
            if set(ids) <= set(newest) and all(states.get(id, ("", 0.0))[0] == "ok" for id in ids):
                return
            await asyncio.sleep(LOOK_S)


async def _states(store: Store) -> dict[str, tuple[str, float]]:
    """State and pictures a second of each camera, as the screens are told."""
    said = {row.key: msgspec.json.decode(row.body) for row in await store.latest.all(["cam"])}
    return {id: (body["state"], body["fps"]) for id, body in said.items()}


def _cpu(pids: Sequence[int]) -> float:
    """CPU seconds so far of these processes and all below them that live."""
    total = 0.0
    for pid in pids:
        for one in family(pid):
            with suppress(OSError):
                total += cpu_seconds(one.pid)
    return total


def _mib(pids: Sequence[int]) -> float:
    """Memory of these processes and all below them, what is shared counted once (PSS)."""
    total = 0.0
    for pid in pids:
        for one in family(pid):
            with suppress(OSError, RuntimeError):  # one that has ended meanwhile
                total += pss_mib(one.pid)
    return total


def _rows(seen: Seen, streams: int, seconds: int) -> list[Row]:
    told = [seen.told_s if seen.told_s is not None else TOLD_S]
    after = seen.after_freeze_s or [0.0]
    return [
        Row("oldest newest picture, 99 % of looks", "s", [percentile(seen.oldest_s, 99)], goal=Goal(at_most=OLDEST_S)),
        Row("oldest newest picture, at worst", "s", [max(seen.oldest_s)], goal=Goal(at_most=OLDEST_S)),
        Row("frozen server told as lost after", "s", told, goal=Goal(at_most=TOLD_GOAL_S)),
        Row("the others meanwhile, oldest at worst", "s", [max(after)], goal=Goal(at_most=OLDEST_S)),
        Row("the others not well at the end", "cameras", [float(seen.unwell)], goal=Goal(at_most=0)),
        Row("fewest pictures a second of any", "1/s", [seen.least_fps]),
        Row("processor, all workers and decoders", "cores", [seen.cores]),
        Row("processor, a stream's second", "ms CPU", [seen.cores / streams * 1000]),
        Row("memory of their own grows, last two thirds", "MiB/min", [_growth(seen.growth, seconds / 3)]),
    ]


def _growth(watched: Sequence[Growth], after_s: float, before_s: float = float("inf")) -> float:
    return sum(mib_per_minute(one.together(), after_s, before_s) for one in watched)


def _kind(process: psutil.Process) -> str:
    """What a process of a worker is: its name, but one for all decoders of files and one for all of streams."""
    name = process.name()
    if not name.startswith(DECODER):
        return name
    number = name.removeprefix(DECODER).partition(".")[0]
    return "decoders of files" if number.isdigit() and int(number) % OVER_RTSP else "decoders of RTSP"


def _notes(seen: Seen, streams: int, seconds: int) -> list[str]:
    fifth = seconds / PARTS
    parts = [_growth(seen.growth, part * fifth, (part + 1) * fifth) for part in range(PARTS)]
    grew = sorted((kind, rate) for one in seen.growth for kind, rate in one.by_name(seconds / 3).items())
    return [
        "memory grows by kind, of each worker, MiB/min: " + ", ".join(f"{kind} {rate:.2f}" for kind, rate in grew),
        f"memory grows, MiB/min, each {fifth:.0f} s: " + ", ".join(f"{rate:.2f}" for rate in parts),
        f"{seen.mib:.0f} MiB (PSS) at the end for {streams} streams and {WORKERS} workers; {len(seen.oldest_s)} looks",
        "a picture a second is called out of each camera: up to 1 s of an age is that",
        "the servers of the streams and the watcher run on the same cores and are not in the figures",
    ]
