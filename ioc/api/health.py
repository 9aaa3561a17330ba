"""Is the process alive, is the city being served, and the numbers behind both."""

from __future__ import annotations

import asyncio
import base64
import hmac
from collections.abc import Awaitable
from typing import Any

import structlog
from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from ioc.api.modules import module_states
from ioc.api.problems import known
from ioc.api.rights import principal_of
from ioc.api.sources import all_sources
from ioc.auth.settings import is_loopback
from ioc.bus import BusUnavailable
from ioc.contract.rights import allow
from ioc.host.carried import is_carried
from ioc.host.flow import flow_of
from ioc.host.standing import plain, takes_nothing
from ioc.store import StoreUnavailable

router = APIRouter(tags=["health"])

WITHIN_S = 2.0
PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
_log = structlog.get_logger("health")


@router.get("/healthz", summary="The process is alive")
@allow("anyone")
async def healthz() -> dict[str, str]:
    """Answers whenever the process can; says nothing about what it depends on."""
    return {"status": "alive"}


@router.get("/readyz", summary="Store, bus and modules are well", responses={503: {"description": "What is not well"}})
@allow("anyone")
async def readyz(request: Request) -> Response:
    """200 when everything is well, else 503; `checks` names each part, and each consumer whose oldest event has waited
    for more than a minute; `reasons` what is wrong in both languages."""
    state = request.app.state
    checks = {"store": await _well("store", state.store.log.head())}
    checks["bus"] = await _well("bus", _carried(state) if checks["store"] else state.bus.last())
    modules = await module_states(state) if checks["store"] else []
    checks |= {f"module {row['name']}": row["state"] == "live" for row in modules}
    details = {f"module {row['name']}": row.get("detail") for row in modules}
    if checks["store"] and (why := state.store.refused):
        checks["store"], details["store"] = False, plain(takes_nothing(why))
    for consumer, waited_s in (await _late(state) if checks["store"] else {}).items():
        checks[consumer], details[consumer] = False, _waits(waited_s)
    wrong = [name for name, well in checks.items() if not well]
    body = {
        "ready": not wrong,
        "checks": checks,
        "reasons": [_reason(name, details.get(name)) for name in wrong],
        "build": state.build,
    }
    return JSONResponse(body, 503 if wrong else 200, {"Retry-After": "2"} if wrong else None)


@router.get("/metrics", summary="Numbers for Prometheus", response_class=Response)
@allow("anyone")
async def metrics(request: Request) -> Response:
    """Only for callers on this machine, administrators, and who sends the metrics token as a password."""
    if not _may_measure(request):
        raise known(403 if principal_of(request).role != "anyone" else 401)
    state = request.app.state
    parts = await module_states(state)
    return Response(await state.measures.text(state, parts, await all_sources(state)), media_type=PROMETHEUS)


async def _carried(state: Any) -> None:
    if not await is_carried(state.store, state.bus, state.auth.clock.now()):
        raise BusUnavailable("it does not take what is committed")


async def _late(state: Any) -> dict[str, float]:
    """Who says that it is well and handles nothing; nobody while the store is away, which another check says."""
    try:
        return (await flow_of(state.store, state.auth.clock.now())).late
    except StoreUnavailable:
        return {}


def _waits(seconds: float) -> dict[str, str]:
    return {
        "vi": f"sự kiện cũ nhất đã chờ {seconds:.0f} giây",
        "en": f"its oldest event has waited {seconds:.0f} s",
    }


def _reason(part: str, detail: dict[str, str] | None) -> dict[str, str]:
    """What a part says of itself, where it says anything."""
    words = detail or {}
    vi, en = words.get("vi") or "chưa sẵn sàng", words.get("en") or "not ready"
    return {"vi": f"{part}: {vi}", "en": f"{part}: {en}"}


def _may_measure(request: Request) -> bool:
    token = request.app.state.settings.metrics_token.get_secret_value()
    if principal_of(request).may("admin") or (token and _password_is(request, token)):
        return True
    proxied = any(name in request.headers for name in ("x-forwarded-for", "forwarded", "x-real-ip"))
    return request.client is not None and is_loopback(request.client.host) and not proxied


def _password_is(request: Request, token: str) -> bool:
    """Whether the password of HTTP Basic, the one way every version of Prometheus can send, is the token."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    try:
        plain = base64.b64decode(given, validate=True) if scheme.casefold() == "basic" else b""
    except ValueError:
        return False
    return hmac.compare_digest(plain.partition(b":")[2], token.encode())


async def _well(name: str, question: Awaitable[Any]) -> bool:
    try:
        async with asyncio.timeout(WITHIN_S):
            await question
    except Exception as error:
        _log.warning("not_ready", part=name, error=type(error).__name__)
        return False
    return True
