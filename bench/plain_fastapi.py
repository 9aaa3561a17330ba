"""The peer that one would write without us: FastAPI, pydantic models, commit, answer.

usage: python -m bench.plain_fastapi FOLDER PORT
"""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from uuid import uuid4

import uvicorn
import uvloop
from fastapi import FastAPI
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from bench.bare_writer import BareWriter
from bench.children import READY


class Reading(BaseModel):
    """A reading with the limits ours has."""

    model_config = ConfigDict(extra="forbid")
    id: str = Field(min_length=1, max_length=120)
    kind: str = Field(max_length=120, pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$")
    key: str = Field(min_length=1, max_length=120)
    value: float = Field(allow_inf_nan=False)
    unit: str = Field(max_length=120)
    at: AwareDatetime
    quality: Literal["good", "suspect", "bad", "substituted"] = "good"


class Caller(BaseModel):
    """Who calls."""

    name: str = Field(max_length=200)
    phone: str = Field(max_length=200)


class Location(BaseModel):
    """Where."""

    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)
    uncertainty_m: float


class Call(BaseModel):
    """A call; nothing is judged, placed or sealed."""

    model_config = ConfigDict(extra="forbid")
    number_dialled: Literal["112", "113", "114", "115"]
    caller: Caller
    location: Location
    narrative: str = Field(max_length=4000)
    answers: dict[str, bool]


def application(writer: BareWriter) -> FastAPI:
    """Two routes."""
    app = FastAPI()

    @app.post("/api/v1/observations", status_code=202)
    async def observations(found: list[Reading] | Reading) -> dict[str, int]:
        readings = found if isinstance(found, list) else [found]
        body = "[" + ",".join(one.model_dump_json() for one in readings) + "]"
        await writer.write((readings[0].id, readings[0].at.isoformat(), body))
        return {"accepted": len(readings)}

    @app.post("/api/v1/calls", status_code=201)
    async def calls(call: Call) -> dict[str, str]:
        id = str(uuid4())
        await writer.write((id, datetime.now(UTC).isoformat(), call.model_dump_json()))
        return {"id": id}

    return app


async def _serve(home: Path, port: int) -> None:
    app = application(BareWriter(home / "plain.db"))
    config = uvicorn.Config(app, port=port, http="httptools", lifespan="off", log_level="error", access_log=False)
    print(READY, flush=True)
    await uvicorn.Server(config).serve()


def main(home: str, port: str) -> None:
    """Serves until SIGTERM."""
    Path(home).mkdir(parents=True, exist_ok=True)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(Path(home), int(port)))


if __name__ == "__main__":
    main(*sys.argv[1:])
