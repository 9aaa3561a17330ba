"""Signing in and out, and who I am."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from ioc.api.buckets import Buckets, Rate
from ioc.api.rights import principal_of
from ioc.api.who import address_of, too_many
from ioc.auth.cookies import no_cookie, session_cookie
from ioc.contract.rights import Principal, allow

router = APIRouter(prefix="/api/v1", tags=["session"])

SIGN_IN_RATE = Rate(1 / 6, 20)  # of one address, whatever the name: a control room behind one address still gets in


class SignIn(BaseModel):
    """A user name and password."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"username": "truc.ban", "password": "một mật khẩu dài"}]}
    )
    username: Annotated[str, Field(max_length=200)]
    password: Annotated[str, Field(max_length=256)]


@router.post("/session", summary="Sign in; the answer sets the session cookie")
@allow("anyone")
async def sign_in(request: Request, response: Response, given: SignIn) -> dict[str, Any]:
    """Opens a session under a new cookie. 401 whatever was wrong; five wrong tries lock the address for the account."""
    address = address_of(request.scope)
    wait = _tries(request).take(address)
    if wait:
        raise too_many(wait)
    auth = request.app.state.auth
    opened = await auth.sign_in(given.username, given.password, request.headers, address=address)
    response.headers["Set-Cookie"] = session_cookie(auth.settings, opened.value)
    return view(opened.principal)


@router.delete("/session", status_code=204, summary="Sign out")
@allow("anyone")
async def sign_out(request: Request) -> Response:
    """Ends the session of the cookie, if there is one, and takes the cookie away."""
    auth = request.app.state.auth
    await auth.sign_out(request.headers, principal_of(request))
    return Response(status_code=204, headers={"Set-Cookie": no_cookie(auth.settings)})


@router.get("/me", summary="Who I am to the system")
@allow("anyone")
async def me(request: Request) -> dict[str, Any]:
    """The caller's role, modules and classes of data; role `anyone` when not signed in."""
    return view(principal_of(request)) | {"demo": request.app.state.auth.demo}


def view(principal: Principal) -> dict[str, Any]:
    """What a screen needs to know of its user."""
    return {
        "id": principal.id,
        "name": principal.name,
        "sign": principal.sign or principal.id,
        "role": principal.role,
        "modules": sorted(principal.modules),
        "classes": sorted(principal.classes),
        "simulated": principal.simulated,
    }


def _tries(request: Request) -> Buckets:
    state = request.app.state
    if not hasattr(state, "sign_in_tries"):
        state.sign_in_tries = Buckets(SIGN_IN_RATE)
    tries: Buckets = state.sign_in_tries
    return tries
