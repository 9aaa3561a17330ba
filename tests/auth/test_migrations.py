"""The migrations make the tables the code uses, and take them away again."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from ioc.auth.tables import metadata
from ioc.store import migrate
from tests.auth.conftest import AUTH_HOME


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_migrations_make_the_tables_of_the_code(request: pytest.FixtureRequest, database: str) -> None:
    url: str = request.getfixturevalue("sqlite_url" if database == "sqlite" else "postgres_url")
    engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))

    migrate.upgrade(url, [AUTH_HOME])
    found = sa.inspect(engine)
    for table in metadata.tables.values():
        kept = {c["name"]: (c["nullable"], str(c["type"])) for c in found.get_columns(table.name)}
        meant = {c.name: (c.nullable, c.type.compile(engine.dialect)) for c in table.columns}
        assert kept == meant
        assert {i["name"] for i in found.get_indexes(table.name)} >= {i.name for i in table.indexes}

    migrate.downgrade(url, [AUTH_HOME], "auth@base")
    assert not set(metadata.tables) & set(sa.inspect(engine).get_table_names())
    engine.dispose()
