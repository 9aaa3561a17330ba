"""How each module is."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from ioc.contract.rights import allow
from ioc.host.judged import PARTS, Cards, Judge
from ioc.host.watched import watch_folder
from ioc.store.latest import LatestRow

router = APIRouter(prefix="/api/v1", tags=["modules"])


@router.get("/modules", summary="State, age, restarts and progress of every module")
@allow("anyone")
async def modules(request: Request) -> dict[str, Any]:
    """Modules of the city and parts of the platform as they are now: one that has said nothing for 5 seconds has
    failed, one that ends again and again is `failing`, with its restarts and why it ended last."""
    return {"modules": await module_states(request.app.state)}


async def module_states(state: Any) -> list[dict[str, Any]]:
    """One row for each module that is on and each part of the platform, by name."""
    rows = await state.store.latest.all([PARTS])
    heard = {row.key: row for row in rows}
    cards = judge_of(state).parts(rows, state.auth.clock.now())
    return [{"name": name, **_times(heard.get(name), state)} | card for name, card in cards.items()]


async def parts_now(state: Any) -> Cards:
    """The card of every part, by name."""
    return judge_of(state).parts(await state.store.latest.all([PARTS]), state.auth.clock.now())


def judge_of(state: Any) -> Judge:
    """Who judges parts and sources for this application."""
    return Judge(state.city, state.titles, watch_folder(state.settings.state_dir), state.auth.clock)


def _times(row: LatestRow | None, state: Any) -> dict[str, Any]:
    if row is None:
        return {"age_s": None}
    return {"age_s": round(max(0.0, (state.auth.clock.now() - row.rt).total_seconds()), 1)}
