"""The peer as most would write it: FastAPI, pydantic models, and SQLAlchemy Core with one transaction a request,
committed before the answer, on the same kind of database as ours and flushed as ours is.

usage: python -m bench.plain_sqlalchemy PORT DATABASE_URL

On SQLite all requests share one connection, for it has one writer at a time and would refuse the others; on
PostgreSQL each request in work has one of its own.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
import uvicorn
import uvloop
from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bench.children import READY
from bench.plain_fastapi import Call, Reading

POOL = 32  # as many as there are connections
DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg"}
_metadata = sa.MetaData()
reading = sa.Table(
    "reading",
    _metadata,
    sa.Column("id", sa.String(120), primary_key=True),
    sa.Column("kind", sa.String(120), nullable=False),
    sa.Column("key", sa.String(120), nullable=False),
    sa.Column("value", sa.Float, nullable=False),
    sa.Column("unit", sa.String(120), nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("quality", sa.String(12), nullable=False),
    sa.Index("reading_of", "kind", "key", "at"),
)
event = sa.Table(
    "event",
    _metadata,
    sa.Column("position", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("id", sa.String(36), nullable=False, unique=True),
    sa.Column("type", sa.String(120), nullable=False, index=True),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False, index=True),
    sa.Column("lon", sa.Float),
    sa.Column("lat", sa.Float),
    sa.Column("body", sa.JSON, nullable=False),
)


class Note(BaseModel):
    """One note at a point."""

    model_config = ConfigDict(extra="forbid")
    where: str = Field(min_length=1, max_length=64)
    number: int
    sent: float
    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)


class Notes(BaseModel):
    """Notes of one sender."""

    model_config = ConfigDict(extra="forbid")
    notes: list[Note] = Field(min_length=1, max_length=100)


def engine_of(url: str) -> AsyncEngine:
    """The engine of a database, flushed at every commit."""
    made = sa.make_url(url)
    kind = made.get_backend_name()
    size = {"pool_size": 1 if kind == "sqlite" else POOL, "max_overflow": 0}
    engine = create_async_engine(made.set(drivername=DRIVERS[kind]), pool_timeout=60, **size)
    if kind == "sqlite":
        sa.event.listen(engine.sync_engine, "connect", _flushed)
    return engine


def _flushed(connection: Any, _record: object) -> None:
    connection.execute("pragma journal_mode=wal")
    connection.execute("pragma synchronous=full")


def application(engine: AsyncEngine) -> FastAPI:
    """Three routes."""

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        async with engine.begin() as connection:
            await connection.run_sync(_metadata.create_all)
        yield
        await engine.dispose()

    app = FastAPI(lifespan=life)
    dialect = sqlite if engine.dialect.name == "sqlite" else postgresql
    keep_readings = dialect.insert(reading).on_conflict_do_nothing()

    @app.post("/api/v1/observations", status_code=202)
    async def observations(found: list[Reading] | Reading) -> dict[str, int]:
        readings = found if isinstance(found, list) else [found]
        async with engine.begin() as connection:
            await connection.execute(keep_readings, [one.model_dump() for one in readings])
        return {"accepted": len(readings)}

    @app.post("/api/v1/calls", status_code=201)
    async def calls(call: Call) -> dict[str, str]:
        row = _row("call.received", call.location.lon, call.location.lat, call)
        async with engine.begin() as connection:
            await connection.execute(event.insert(), [row])
        return {"id": row["id"]}

    @app.post("/api/v1/notes", status_code=201)
    async def notes(said: Notes) -> dict[str, int]:
        rows = [_row("note.taken", one.lon, one.lat, one) for one in said.notes]
        async with engine.begin() as connection:
            await connection.execute(event.insert(), rows)
        return {"taken": len(rows)}

    return app


def _row(kind: str, lon: float, lat: float, body: BaseModel) -> dict[str, Any]:
    id, at = str(uuid4()), datetime.now(UTC)
    return {"id": id, "type": kind, "at": at, "lon": lon, "lat": lat, "body": body.model_dump(mode="json")}


async def _serve(port: int, url: str) -> None:
    app = application(engine_of(url))
    config = uvicorn.Config(app, port=port, http="httptools", log_level="error", access_log=False)
    print(READY, flush=True)
    await uvicorn.Server(config).serve()


def main(port: str, url: str) -> None:
    """Serves until SIGTERM."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(int(port), url))


if __name__ == "__main__":
    main(*sys.argv[1:])
