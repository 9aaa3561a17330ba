"""`ioc up`: production. It refuses rather than runs half set up."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import structlog
import typer

from ioc.city.profile import City, load_city
from ioc.cli.city_check import refuse_mistakes
from ioc.cli.processes import Part, city_children, what_to_preload
from ioc.cli.servers import unfit_servers
from ioc.cli.target import read_settings, unfit_secrets
from ioc.core.errors import FieldError, Problem
from ioc.core.text import Text
from ioc.host.cameras_plan import read_logins
from ioc.host.children import preload
from ioc.host.city_map import open_places
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


def run_up(
    only: Annotated[
        Part | None, typer.Option(help="Chỉ chạy một dịch vụ / one service only: api, desk, modules, cameras")
    ] = None,
) -> None:
    """Runs a city in production with the settings of the environment (see docs/how-to/deploy-a-city.md)."""
    keep_files_private()
    settings = read_settings()
    refuse_mistakes(settings.city_dir, settings.city_overlay)
    city = load_city(settings.city_dir, settings.city_overlay)
    mistakes = [*unfit_secrets(settings, city), *_not_for_production(settings, only), *unfit_servers(settings)]
    if mistakes:
        raise Problem(
            "not-ready-for-production",
            Text("Chưa đủ điều kiện vận hành chính thức", "Not ready for production"),
            errors=tuple(mistakes),
        )
    configure("supervisor", level=settings.log_level)
    with one_at_a_time(settings.state_dir, settings.run_dir, only or "all"):
        migrate(settings)
        asyncio.run(_refuse_approximate_wards(settings, city))
        preload(what_to_preload(only))
        bus = [] if settings.redis_url else [EmbeddedBus(settings.run_dir / "bus.sock", settings.state_dir / "bus")]
        supervisor = Supervisor(
            city_children(settings, only),
            bus,
            structlog.get_logger(),
            watch_file=watch_file(settings.state_dir, only),
            memory_limit_mb=settings.memory_limit_mb,
        )
        supervisor.listen_to_signals()
        try:
            supervisor.start()
            supervisor.run(lambda: _beat(supervisor, settings.run_dir / f"{only or 'all'}.well"))
        finally:
            supervisor.close()


def _beat(supervisor: Supervisor, file: Path) -> None:
    """Keeps the file young while all is well: what a container's health check looks at."""
    if supervisor.well:
        with suppress(FileNotFoundError):  # who cleaned the folder away hears it from the check; no city ends of that
            file.touch()


def _not_for_production(settings: Settings, only: Part | None) -> list[FieldError]:
    mistakes = []
    if only and not settings.redis_url:
        vi, en = "các dịch vụ chạy riêng phải dùng chung một Redis", "services that run apart need one Redis for all"
        mistakes.append(FieldError("IOC_REDIS_URL", Text(vi, en)))
    if settings.demo:
        mistakes.append(
            FieldError("IOC_MODE", Text("chế độ mô phỏng không dùng ở đây", "demo mode is not for production"))
        )
    if settings.data_dir:
        mistakes.append(
            FieldError("IOC_DATA_DIR", Text("không nhận nguồn mô phỏng", "simulated sources are refused in production"))
        )
    try:
        read_logins(settings.camera_secrets)
    except Problem as unfit:
        mistakes.append(FieldError("IOC_CAMERA_SECRETS", unfit.detail or unfit.title))
    return mistakes


async def _refuse_approximate_wards(settings: Settings, city: City) -> None:
    store = await Store.open(store_settings(settings, city.id))
    try:
        places = await open_places(city, store, None)
    finally:
        await store.close()
    if not places.official:
        raise Problem(
            "no-official-wards",
            Text("Chưa có ranh giới phường, xã chính thức", "There are no official wards"),
            detail=Text(
                "Nhập bằng: ioc layers import TỆP --as wards --valid-from NGÀY",
                "Import them: ioc layers import FILE --as wards --valid-from DATE",
            ),
        )
