"""Brings a database to this build's tables, and back. Each module's migrations are a branch of their own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import delete

from ioc.store.database import Database, event_database, observation_database
from ioc.store.tables import platform

_TREES = Path(__file__).parent / "migrations"


def upgrade(url: str, module_dirs: Sequence[Path] = ()) -> None:
    """Brings the platform's tables and those of the modules to the newest version.

    `module_dirs` are module folders; a folder without `migrations/` has no tables. A module's first revision names
    its branch (`branch_labels = ("<module>",)`) and has no `down_revision`.
    """
    _run(observation_database(url, ""), _observations(), "upgrade", "heads")
    _run(event_database(url, ""), _events(module_dirs), "upgrade", "heads")


def downgrade(url: str, module_dirs: Sequence[Path] = (), to: str = "base") -> None:
    """Goes back to a revision (`<module>@base` takes one module's tables out); `base` removes everything."""
    _run(event_database(url, ""), _events(module_dirs), "downgrade", to)
    if to == "base":
        _run(observation_database(url, ""), _observations(), "downgrade", to)


def _events(module_dirs: Sequence[Path]) -> Config:
    places = [_TREES / "platform", *(folder / "migrations" for folder in module_dirs)]
    return _config("alembic_version", [place for place in places if place.is_dir()])


def _observations() -> Config:
    return _config("alembic_version_observations", [_TREES / "observations"])


def _config(version_table: str, places: Sequence[Path]) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_TREES))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(str(place) for place in places))
    config.attributes["version_table"] = version_table
    return config


def _run(database: Database, config: Config, direction: str, to: str) -> None:
    engine = database.writer()
    with engine.connect() as connection, database.locked(connection):
        config.attributes["connection"] = connection
        getattr(command, direction)(config, to)
    engine.dispose()


def renew_epoch(url: str) -> None:
    """Begins a new lifetime of the log; call it after restoring a backup, with every process stopped.

    Positions may then mean other events than before, so screens and buses must not go on from what they know.
    """
    database = event_database(url, "")
    engine = database.writer()
    with engine.connect() as connection, database.locked(connection):
        connection.execute(delete(platform).where(platform.c.name == "epoch"))
    engine.dispose()
