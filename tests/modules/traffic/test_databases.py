"""The module's tables: made by its migrations as the code declares them, and taken out again, on each database."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import create_engine, inspect

from ioc.host.migrating import migration_homes
from ioc.store import migrate
from modules.traffic.tables import metadata


def columns(url: str) -> dict[str, dict[str, bool]]:
    """Of each table of the module the columns, and whether they may be empty."""
    engine = create_engine(url)
    names = [one for one in inspect(engine).get_table_names() if one.startswith("traffic_")]
    found = {name: {one["name"]: one["nullable"] for one in inspect(engine).get_columns(name)} for name in names}
    engine.dispose()
    return found


def test_the_migrations_make_the_tables_as_declared_and_take_them_out_again(tmp_path: Path, database_url: str) -> None:
    declared = {name: {c.name: c.nullable for c in table.columns} for name, table in metadata.tables.items()}
    migrate.upgrade(database_url, migration_homes())
    assert columns(database_url) == declared
    migrate.downgrade(database_url, migration_homes(), to="traffic@traffic_0001")
    assert "traffic_water" not in columns(database_url) and "traffic_segment" in columns(database_url)
    assert "pcu_h" not in columns(database_url)["traffic_camera_flow"]
    migrate.upgrade(database_url, migration_homes())
    assert columns(database_url) == declared
    migrate.downgrade(database_url, migration_homes(), to="traffic@base")
    assert columns(database_url) == {}
