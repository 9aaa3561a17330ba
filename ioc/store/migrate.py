"""Brings a database to this build's tables, and back.

The platform and each module have migrations of their own and a version table of their own
(`alembic_version_<module>`), so that a module that is left out later is simply left alone: its tables wait for it.

A migration that a former build cannot go on after says so: `FORMER_BUILD` is, by the kind of database, what that build
can do no more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import takewhile
from pathlib import Path

import msgspec
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Connection, MetaData, String, Table, delete, insert, inspect, select

from ioc.core.text import Text
from ioc.store.database import Database, SqliteDatabase, event_database, is_sqlite, observation_database
from ioc.store.looking import snapshot
from ioc.store.standing_still import take_time
from ioc.store.tables import metadata, observation_metadata, platform

_TREES = Path(__file__).parent / "migrations"
_SHARED = "alembic_version"  # the platform's; older builds kept every module's row in it too
_PLATFORM = "platform"
_OBSERVATIONS = "observations"


class _Tree(msgspec.Struct, frozen=True):
    """One line of migrations: whose it is, where it lies, and the table that says how far it has come."""

    name: str
    config: Config
    revisions: frozenset[str]
    head: str
    version_table: str
    steps: tuple[tuple[str, Mapping[str, Text]], ...]  # the newest first, each with what ends for a former build

    def holds(self, target: str) -> bool:
        """Whether a revision (`noise_0001`, `noise@base`) is one of this line."""
        return target in self.revisions or target.partition("@")[0] == self.name


Proof = Callable[[Connection, MetaData], AbstractContextManager[object]]


def _no_proof(_: Connection, __: MetaData) -> AbstractContextManager[object]:
    return nullcontext()


class Line(msgspec.Struct, frozen=True):
    """One line of migrations in a database: where it is (None: nowhere yet), and where this build would bring it."""

    name: str
    at: str | None
    head: str
    known: frozenset[str]
    ending: tuple[tuple[str, Text], ...] = ()  # by step to come, what the former build that still runs can do no more

    @property
    def behind(self) -> bool:
        """Whether this build has something to do."""
        return self.at != self.head

    @property
    def ahead(self) -> bool:
        """Whether a newer build was here."""
        return self.at is not None and self.at not in self.known


def upgrade(url: str, module_dirs: Sequence[Path] = (), proof: Proof = _no_proof) -> None:
    """Brings the platform's tables and those of the modules to the newest version.

    `module_dirs` are module folders; a folder without `migrations/` has no tables. A module's first revision names
    its branch (`branch_labels = ("<module>",)`) and has no `down_revision`. `proof` is entered before and left after
    the migrations of each database, in their transaction and under the lock of its tables: what it raises undoes them.
    """
    _run(observation_database(url, _city(url)), [_observations()], "upgrade", "heads", proof)
    _run(event_database(url, _city(url)), _events(module_dirs), "upgrade", "heads", proof)


def downgrade(url: str, module_dirs: Sequence[Path] = (), to: str = "base") -> None:
    """Goes back to a revision (`<module>@base` takes one module's tables out); `base` removes everything.

    Raises:
        LookupError: no migrations of these folders hold the revision.
    """
    trees = _events(module_dirs)[::-1]
    asked = trees if to == "base" else [tree for tree in trees if tree.holds(to)]
    if not asked:
        raise LookupError(f"no migrations hold {to!r}")
    _run(event_database(url, _city(url)), asked, "downgrade", to)
    if to == "base":
        _run(observation_database(url, _city(url)), [_observations()], "downgrade", to)


def state(url: str, module_dirs: Sequence[Path] = ()) -> list[Line]:
    """How far each line of migrations has come in a database, and how far this build would bring it; only looks."""
    lines = []
    for database, trees in (
        (observation_database(url, _city(url)), [_observations()]),
        (event_database(url, _city(url)), _events(module_dirs)),
    ):
        if isinstance(database, SqliteDatabase) and not database.path.exists():
            lines += [Line(tree.name, None, tree.head, tree.revisions) for tree in trees]
            continue
        with snapshot(database, url) as connection:
            lines += [_line(connection, tree) for tree in trees]
    return lines


def _line(connection: Connection, tree: _Tree) -> Line:
    """Where a line stands, and what lies before it."""
    at = _revision(connection, tree)
    to_come = takewhile(lambda step: step[0] != at, tree.steps) if at in tree.revisions else ()
    kind = connection.dialect.name
    ending = tuple((revision, ends[kind]) for revision, ends in to_come if kind in ends)
    return Line(tree.name, at, tree.head, tree.revisions, ending)


def is_current(connection: Connection, tables: MetaData) -> bool:
    """Whether the platform's tables, or those of the readings, are exactly this build's."""
    tree = _observations() if tables is observation_metadata else _tree(_TREES / "platform")
    return _revision(connection, tree) == tree.head


def return_to(url: str, module_dirs: Sequence[Path], before: Sequence[Line]) -> None:
    """Brings every line back down to where it was `before`; a line that stands there is left alone."""
    was = {line.name: line.at for line in before}
    for database, trees in (
        (event_database(url, _city(url)), _events(module_dirs)[::-1]),
        (observation_database(url, _city(url)), [_observations()]),
    ):
        engine = database.writer()
        with engine.connect() as connection:
            moved = [tree for tree in trees if _revision(connection, tree) != was.get(tree.name)]
        engine.dispose()
        for tree in moved:
            _run(database, [tree], "downgrade", was.get(tree.name) or "base")


def newer_than_build(revisions: Mapping[str, Sequence[str]], module_dirs: Sequence[Path] = ()) -> list[str]:
    """Revisions (by version table) that this build should know and does not: a newer build made them."""
    known = {tree.version_table: tree for tree in (_observations(), *_events(module_dirs))}
    return [
        revision
        for table, found in sorted(revisions.items())
        for revision in found
        if table in known and revision not in known[table].revisions
    ]


def _revision(connection: Connection, tree: _Tree) -> str | None:
    """Where a line is; older builds noted that of a module in the platform's table."""
    for name in (tree.version_table, _SHARED):
        if inspect(connection).has_table(name):
            found = connection.execute(select(_versions(name).c.version_num)).scalars().all()
            mine = [one for one in found if one in tree.revisions]
            if mine or (found and name != _SHARED):
                return str((mine or found)[0])
            if tree.name == _PLATFORM and found:
                return str(found[0])
    return None


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
    directory = ScriptDirectory.from_config(config)
    scripts = list(directory.walk_revisions())
    labels = sorted(label for script in scripts for label in script.branch_labels)
    name = labels[0] if labels else place.parent.name
    config.attributes["version_table"] = _version_table(name)
    revisions = frozenset(script.revision for script in scripts)
    steps = tuple((script.revision, getattr(script.module, "FORMER_BUILD", {})) for script in scripts)
    return _Tree(name, config, revisions, directory.get_current_head() or "base", _version_table(name), steps)


def _version_table(name: str) -> str:
    return _SHARED if name == _PLATFORM else f"{_SHARED}_{name}"


def _run(database: Database, trees: Sequence[_Tree], direction: str, to: str, proof: Proof = _no_proof) -> None:
    engine = database.writer()
    try:
        with (
            engine.connect() as connection,
            database.locked(connection, patient=True),
            proof(connection, _guarded(trees)),
        ):
            if connection.dialect.name == "postgresql":
                take_time(connection)  # a large table may take longer than any statement of a city at work
            _part_versions(connection, trees)
            for tree in trees:
                tree.config.attributes["connection"] = connection
                getattr(command, direction)(tree.config, to)
    finally:
        engine.dispose()


def _city(url: str) -> str:
    """Whose lock is to be held: that of the city the store belongs to, as its writers do. Nobody's while it is new."""
    if is_sqlite(url):
        return ""  # the lock is that of the file
    engine = event_database(url, "").writer()
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table(platform.name):
                return ""
            statement = select(platform.c.value).where(platform.c.name == "city")
            return str(connection.execute(statement).scalar_one_or_none() or "")
    finally:
        engine.dispose()


def _guarded(trees: Sequence[_Tree]) -> MetaData:
    """The platform's tables that nobody else writes under this lock."""
    return observation_metadata if trees[0].name == _OBSERVATIONS else metadata


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
    database = event_database(url, _city(url))
    engine = database.writer()
    with engine.connect() as connection, database.locked(connection):
        connection.execute(delete(platform).where(platform.c.name == "epoch"))
    engine.dispose()
