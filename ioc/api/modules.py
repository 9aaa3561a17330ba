"""How each module is."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
from fastapi import APIRouter, Request

from ioc.contract.rights import allow
from ioc.core.clock import iso
from ioc.core.text import Text
from ioc.store.latest import LatestRow

router = APIRouter(prefix="/api/v1", tags=["modules"])

TOPIC = "module"
SILENT_AFTER = timedelta(seconds=5)  # every part says once a second how it is
_SILENT = Text("Mô-đun không phản hồi", "The module says nothing")
_STARTING = Text("Đang khởi động", "Starting")


@router.get("/modules", summary="State, age and progress of every module")
@allow("anyone")
async def modules(request: Request) -> dict[str, Any]:
    """Modules of the city as they last said; one that has said nothing for 5 seconds has failed."""
    return {"modules": await module_states(request.app.state)}


async def module_states(state: Any) -> list[dict[str, Any]]:
    """One row for each module that is on and each part of the platform that has spoken, by name; what a module said
    before it was taken out or switched off is left aside."""
    now = state.auth.clock.now()
    on = {name for name in state.titles if name not in state.city.modules or state.city.modules[name].enabled}
    heard = {row.key: _row(row, now) for row in await state.store.latest.all([TOPIC])}
    said = {name: row for name, row in heard.items() if name in on or row.get("platform")}
    for name in on:
        if name not in said:
            said[name] = {"state": "starting", "since": None, "age_s": None, "detail": _plain(_STARTING)}
    return [{"name": name, "title": _title(state, name), "platform": False} | said[name] for name in sorted(said)]


def _row(row: LatestRow, now: datetime) -> dict[str, Any]:
    body: dict[str, Any] = msgspec.json.decode(row.body)
    age = max(timedelta(0), now - row.rt)
    body |= {"age_s": round(age.total_seconds(), 1), "at": iso(row.ts)}
    if age > SILENT_AFTER and body.get("state") != "stopped":
        body |= {"state": "failed", "since": iso(row.rt), "detail": _plain(_SILENT)}
    return body


def _title(state: Any, name: str) -> dict[str, str]:
    return _plain(state.titles.get(name) or Text(name, name))


def _plain(text: Text) -> dict[str, str]:
    return {"vi": text.vi, "en": text.en}
