"""Brings the city's tables to this build: the platform's, those of people and incidents, and each module's."""

from __future__ import annotations

from pathlib import Path

from ioc.host.discovery import find_modules
from ioc.settings import Settings
from ioc.store.backup import refuse_unfinished
from ioc.store.migrate import upgrade

_IOC = Path(__file__).resolve().parents[1]


def migration_homes() -> list[Path]:
    """Every folder that may hold a `migrations` folder of its own."""
    return [_IOC / "auth", _IOC / "incidents", *(spec.folder for spec in find_modules().values())]


def migrate(settings: Settings) -> None:
    """Upgrades the store; safe to call from several processes, each waits for the city's lock.

    Raises:
        Problem: `restore-unfinished`: what lies there is half of a backup.
    """
    refuse_unfinished(settings.store_url)
    settings.state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    upgrade(settings.store_url, migration_homes())
