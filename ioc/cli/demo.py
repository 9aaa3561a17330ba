"""`ioc demo`: a whole city on this machine, with simulated citizens and callers."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import httpx
import structlog
import typer
from rich.table import Table

from gis.layers import read_wards
from ioc.auth import Auth, AuthSettings
from ioc.city.profile import City, load_city
from ioc.cli.city import profile_dir
from ioc.cli.city_check import refuse_mistakes
from ioc.cli.demo_broker import demo_broker
from ioc.cli.demo_overlay import Laid, lay_over
from ioc.cli.demo_ready import Patience, readiness
from ioc.cli.processes import city_children, simulator_child
from ioc.cli.say import console, painted, say
from ioc.core.clock import iso
from ioc.core.errors import Problem
from ioc.core.text import Text
from ioc.demo.recordings import read_recordings
from ioc.demo.replay import recorded_requests
from ioc.demo.script import Cast, Script
from ioc.demo.settings import demo_settings, state_dir_of
from ioc.host.children import Child, preload
from ioc.host.city_map import holds_wards, wards_of_folder
from ioc.host.embedded import EmbeddedBus
from ioc.host.lock import one_at_a_time
from ioc.host.migrating import migrate
from ioc.host.parts import store_settings
from ioc.host.private import keep_files_private
from ioc.host.supervisor import Supervisor
from ioc.host.watched import watch_file
from ioc.logs import configure
from ioc.settings import Settings
from ioc.store import Store

ASK_S = 0.5
_http = httpx.Client(timeout=5, trust_env=False)


def run_demo(
    city: Annotated[
        str, typer.Option(help="thanh-hoa, ky-anh, hoặc thư mục hồ sơ / or a profile's folder")
    ] = "thanh-hoa",
    port: Annotated[int, typer.Option(help="Cổng trên máy này / port on this machine")] = 8000,
    seconds: Annotated[float, typer.Option(help="Tự dừng sau N giây / end by itself; 0: never")] = 0.0,
    state: Annotated[Path | None, typer.Option(help="Thư mục dữ liệu / state folder")] = None,
    data: Annotated[Path | None, typer.Option(help="Thư mục dữ liệu thật / folder of real files")] = None,
    quiet: Annotated[bool, typer.Option(help="Không mô phỏng gì cả / nothing is simulated")] = False,
    calm: Annotated[
        bool, typer.Option(help="Chỉ xe cộ, camera, báo chí; không có người, không có chuyện / no people, no stories")
    ] = False,
) -> None:
    """Runs the city until Ctrl-C; with --seconds it ends with a summary, 0 only if every module did its work."""
    keep_files_private()
    refuse_mistakes(profile_dir(city))
    profile = load_city(profile_dir(city))
    settings = demo_settings(profile_dir(city), state or state_dir_of(profile.id), port=port, data_dir=data)
    _refuse_taken_port(port)
    if data:
        _refuse_unfit_data(data, profile)
    with one_at_a_time(settings.state_dir, settings.run_dir):
        configure("supervisor", level=settings.log_level)
        say(Text("· mở sổ dữ liệu", "opening the store"))
        migrate(settings)
        asyncio.run(_refuse_foreign_store(settings, profile))
        broker = demo_broker(settings)
        laid = lay_over(broker.settings, quiet=quiet)
        settings = laid.settings
        children = _children(laid, broker.simulator_url, None if quiet else "background" if calm else "everyone")
        say(Text("· khởi động các dịch vụ", "starting the services"))
        bus = EmbeddedBus(settings.run_dir / "bus.sock", settings.state_dir / "bus")
        servers = (bus, *broker.servers)
        supervisor = Supervisor(
            children,
            servers,
            structlog.get_logger(),
            watch_file=watch_file(settings.state_dir, None),
            memory_limit_mb=settings.memory_limit_mb,
        )
        supervisor.listen_to_signals()
        code = _run(supervisor, profile, settings, seconds)
    raise typer.Exit(code)


def _refuse_unfit_data(data: Path, profile: City) -> None:
    """Says now, rather than in every process, what of a folder of real files cannot be used."""
    if not data.is_dir():
        raise Problem("no-data-folder", Text(f"Không có thư mục {data}", f"There is no folder {data}"))
    if holds_wards(data):
        wards_of_folder(data, read_wards(profile.wards_file).wards)
    recorded_requests(data)
    for _ in read_recordings(data):
        pass


def _children(laid: Laid, mqtt_url: str, cast: Cast | None) -> list[Child]:
    preload("ioc.app", "ioc.demo.worker")
    settings = laid.settings
    children = city_children(settings)
    if cast:
        script = Script(
            city_dir=settings.city_dir,
            state_dir=settings.state_dir,
            overlay=settings.city_overlay,
            mqtt_url=mqtt_url,
            base_url=f"http://127.0.0.1:{settings.port}",
            key=asyncio.run(_simulator_key(settings, laid.city)),
            servers_port=laid.port,
            data_dir=settings.data_dir,
            cast=cast,
        )
        children.append(simulator_child(script))
    return children


async def _refuse_foreign_store(settings: Settings, city: City) -> None:
    """Says so now, rather than in every process, when the store is another city's or sealed with another key."""
    store = await Store.open(store_settings(settings, city.id))
    await store.close()


async def _simulator_key(settings: Settings, city: City) -> str:
    """A key for one day whose holder's input is marked as simulated."""
    store = await Store.open(store_settings(settings, city.id))
    try:
        devices = Auth(store, AuthSettings.of(settings, city.id)).devices
        day = timedelta(days=1)
        issued = await devices.issue(kind="device", name="simulator", by="demo", simulated=True, valid_for=day)
        return issued.token
    finally:
        await store.close()


def _run(supervisor: Supervisor, city: City, settings: Settings, seconds: float) -> int:
    base = f"http://127.0.0.1:{settings.port}"
    try:
        supervisor.start()
        show = _Show(supervisor, base, city, seconds)
        supervisor.run(show.tick)
        return show.finish() if seconds else 0
    finally:
        supervisor.close()
        say(Text("Đã dừng.", "Stopped."))


class _Show:
    """What the command tells while the city runs."""

    def __init__(self, supervisor: Supervisor, base: str, city: City, seconds: float) -> None:
        self._supervisor = supervisor
        self._base = base
        self._city = city
        self._seconds = seconds
        self._patience = Patience(time.monotonic(), endless=not seconds)
        self._begun = datetime.now(UTC)
        self._ready_at: float | None = None
        self._last_ask = 0.0
        self._verdict = 1

    def tick(self) -> None:
        """Waits for readiness, prints the addresses once, ends the run in time."""
        now = time.monotonic()
        if self._ready_at is None:
            self._wait(now)
        elif self._seconds and now - self._ready_at >= self._seconds:
            self._verdict = _summary(self._base, self._begun, self._supervisor.restarts)
            self._supervisor.stop()

    def _wait(self, now: float) -> None:
        if now - self._last_ask <= ASK_S:
            return
        self._last_ask = now
        state = readiness(_http, self._base)
        if state.ready:
            self._ready_at = time.monotonic()
            self._print_addresses(_age_s())
        elif self._patience.over(now):
            _tell_reasons(Text("✗ Chưa sẵn sàng, dừng lại", "Not ready, giving up"), state.reasons)
            _summary(self._base, self._begun, self._supervisor.restarts)
            self._supervisor.stop()
        elif self._patience.to_tell(now):
            _tell_reasons(Text("… Chưa sẵn sàng, vẫn đang chờ", "Not ready yet, still waiting"), state.reasons)

    def finish(self) -> int:
        """The exit code of a run that ended by itself."""
        return self._verdict

    def _print_addresses(self, took_s: float) -> None:
        say(Text(f"✓ {self._city.name.vi} sẵn sàng sau {took_s:.1f} giây", f"{self._city.name.en} ready"), "bold green")
        pages = {
            "/": ("Trang chủ", "home"),
            "/wall": ("Màn hình lớn", "wall"),
            "/console": ("Bàn điều hành", "console"),
            "/report": ("Phản ánh hiện trường", "citizen report"),
            "/open311/v2/discovery.json": ("Open311", "Open311"),
            "/ogc": ("OGC API", "OGC API"),
        }
        for path, (vi, en) in pages.items():
            console.print(f"  {vi} / {en}:", painted(f"{self._base}{path}", "bold"))
        say(Text("DỮ LIỆU MÔ PHỎNG — chỉ để xem thử. Ctrl-C để dừng.", "SIMULATED DATA. Ctrl-C stops."), "yellow")


def _age_s() -> float:
    """Seconds since this command was typed: since the kernel started its process."""
    started_ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
    up_s = float(Path("/proc/uptime").read_text().split()[0])
    return up_s - started_ticks / os.sysconf("SC_CLK_TCK")


def _tell_reasons(what: Text, reasons: Sequence[Text]) -> None:
    say(what, "yellow")
    for reason in reasons:
        say(Text(f"  · {reason.vi}", reason.en))


def _summary(base: str, since: datetime, restarts: dict[str, int]) -> int:
    """Prints what each module did; 0 only if all are live and each has delivered."""
    try:
        modules = _http.get(f"{base}/api/v1/modules").json()["modules"]
    except (httpx.HTTPError, KeyError, ValueError):
        say(Text("✗ Hệ thống không trả lời", "The system does not answer"), "red")
        return 1
    table = Table("module", "trạng thái / state", "sự kiện / events", "tuổi / age s", "khởi động lại / restarts")
    good = bool(modules)
    for module in modules:
        name = module["name"]
        said = _said_since(base, name, since)
        good = good and module["state"] == "live" and (said > 0 or module["platform"])
        again = restarts.get(f"module {name}", 0)
        table.add_row(name, module["state"], str(said), str(module["age_s"]), str(again))
    console.print(table)
    return 0 if good else 1


def _said_since(base: str, module: str, since: datetime) -> int:
    """How many events a module said since then, at most a few hundred."""
    answer = _http.get(f"{base}/api/v1/events", params={"module": module, "since": iso(since), "limit": 200})
    return len(answer.json()["events"])


def _refuse_taken_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise Problem(
                "port-taken",
                Text(f"Cổng {port} đang được dùng; chọn cổng khác: PORT=8001", f"Port {port} is taken; try PORT=8001"),
            ) from error
