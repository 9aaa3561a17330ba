"""Brings a database to this build's tables, and back.

The platform and each module have migrations of their own and a version table of their own
(`alembic_version_<module>`), so that a module that is left out later is simply left alone: its tables wait for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Connection, MetaData, String, Table, delete, insert, inspect, select

from ioc.store.database import Database, event_database, observation_database
from ioc.store.tables import platform

_TREES = Path(__file__).parent / "migrations"
_SHARED = "alembic_version"  # the platform's; older builds kept every module's row in it too
_PLATFORM = "platform"


class _Tree(msgspec.Struct, frozen=True):
    """One line of migrations: whose it is, where it lies, and the table that says how far it has come."""

    name: str
    config: Config
    revisions: frozenset[str]
    version_table: str

    def holds(self, target: str) -> bool:
        """Whether a revision (`noise_0001`, `noise@base`) is one of this line."""
        return target in self.revisions or target.partition("@")[0] == self.name


def upgrade(url: str, module_dirs: Sequence[Path] = ()) -> None:
    """Brings the platform's tables and those of the modules to the newest version.

    `module_dirs` are module folders; a folder without `migrations/` has no tables. A module's first revision names
    its branch (`branch_labels = ("<module>",)`) and has no `down_revision`.
    """
    _run(observation_database(url, ""), [_observations()], "upgrade", "heads")
    _run(event_database(url, ""), _events(module_dirs), "upgrade", "heads")


def downgrade(url: str, module_dirs: Sequence[Path] = (), to: str = "base") -> None:
    """Goes back to a revision (`<module>@base` takes one module's tables out); `base` removes everything.

    Raises:
        LookupError: no migrations of these folders hold the revision.
    """
    trees = _events(module_dirs)[::-1]
    asked = trees if to == "base" else [tree for tree in trees if tree.holds(to)]
    if not asked:
        raise LookupError(f"no migrations hold {to!r}")
    _run(event_database(url, ""), asked, "downgrade", to)
    if to == "base":
        _run(observation_database(url, ""), [_observations()], "downgrade", to)


def _events(module_dirs: Sequence[Path]) -> list[_Tree]:
    """The platform's line first, then one for each module that has tables."""
    homes = [folder / "migrations" for folder in module_dirs]
    return [_tree(_TREES / "platform"), *(_tree(home) for home in homes if home.is_dir())]


def _observations() -> _Tree:
    return _tree(_TREES / "observations")


def _tree(place: Path) -> _Tree:
    config = Config()
    config.set_main_option("script_location", str(_TREES))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(place))
    scripts = list(ScriptDirectory.from_config(config).walk_revisions())
    labels = sorted(label for script in scripts for label in script.branch_labels)
    name = labels[0] if labels else place.parent.name
    config.attributes["version_table"] = _version_table(name)
    return _Tree(name, config, frozenset(script.revision for script in scripts), _version_table(name))


def _version_table(name: str) -> str:
    return _SHARED if name == _PLATFORM else f"{_SHARED}_{name}"


def _run(database: Database, trees: Sequence[_Tree], direction: str, to: str) -> None:
    engine = database.writer()
    with engine.connect() as connection, database.locked(connection):
        _part_versions(connection, trees)
        for tree in trees:
            tree.config.attributes["connection"] = connection
            getattr(command, direction)(tree.config, to)
    engine.dispose()


def _part_versions(connection: Connection, trees: Sequence[_Tree]) -> None:
    """Moves the rows of modules out of the shared table, also of modules that are not there now."""
    if not inspect(connection).has_table(_SHARED):
        return
    shared = _versions(_SHARED)
    for revision in connection.execute(select(shared.c.version_num)).scalars().all():
        owner = next((tree.name for tree in trees if revision in tree.revisions), revision.rpartition("_")[0])
        if owner in ("", _PLATFORM):
            continue
        own = _versions(_version_table(owner))
        own.create(connection, checkfirst=True)
        connection.execute(insert(own).values(version_num=revision))
        connection.execute(delete(shared).where(shared.c.version_num == revision))


def _versions(name: str) -> Table:
    """A version table as Alembic makes it."""
    return Table(name, MetaData(), Column("version_num", String(32), primary_key=True))


def renew_epoch(url: str) -> None:
    """Begins a new lifetime of the log; call it after restoring a backup, with every process stopped.

    Positions may then mean other events than before, so screens and buses must not go on from what they know.
    """
    database = event_database(url, "")
    engine = database.writer()
    with engine.connect() as connection, database.locked(connection):
        connection.execute(delete(platform).where(platform.c.name == "epoch"))
    engine.dispose()
