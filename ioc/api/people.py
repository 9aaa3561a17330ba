"""Accounts, for the administrator."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from ioc.api.once import Doing
from ioc.api.rights import principal_of
from ioc.auth.people import Account
from ioc.contract.deciding import Reply
from ioc.contract.rights import allow
from ioc.core.errors import Problem, bad_field
from ioc.core.text import Text

router = APIRouter(prefix="/api/v1/people", tags=["people"])

PersonRole = Literal["operator", "supervisor", "admin"]
ModuleName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")]
Modules = Annotated[list[ModuleName], Field(max_length=40)]


class Closed(BaseModel):
    """A form that takes no other field than its own."""

    model_config = ConfigDict(extra="forbid")


class NewPerson(Closed):
    """A person to be let in. No module named means all of the city."""

    username: Annotated[str, Field(min_length=3, max_length=100, examples=["nguyen.an"])]
    name: Annotated[str, Field(min_length=1, max_length=200, examples=["Nguyễn An"])]
    password: Annotated[str, Field(max_length=256, examples=["mười bốn ký tự trở lên"])]
    role: PersonRole
    modules: Annotated[Modules, Field(default_factory=list)]


class Change(Closed):
    """What is to change; what is absent stays."""

    role: PersonRole | None = None
    modules: Modules | None = None
    password: Annotated[str | None, Field(max_length=256)] = None
    disabled: bool | None = None


@router.get("", summary="Every account")
@allow("admin")
async def people(request: Request) -> dict[str, Any]:
    """Accounts by user name, without passwords."""
    found = await request.app.state.auth.people.list()
    return {"people": [view(one) for one in found]}


@router.post("", status_code=201, summary="A new account")
@allow("admin")
async def create(request: Request, given: NewPerson, once: Doing) -> dict[str, Any]:
    """Makes an account; 409 when the user name is taken."""

    async def work() -> Reply:
        by = principal_of(request).id
        job = await request.app.state.auth.people.creating(**given.model_dump(), by=by)
        return await once.commit(lambda tx: Reply(201, view(job(tx))))

    return (await once.answer(work)).body


@router.patch("/{person_id}", status_code=204, summary="Change rights or password, disable or enable")
@allow("admin")
async def change(request: Request, person_id: str, given: Change) -> Response:
    """Changes an account; its open sessions follow within five seconds. Nobody can lock themselves out."""
    auth, by = request.app.state.auth, principal_of(request).id
    if given == Change():
        raise bad_field("role", "Cần ít nhất một thay đổi", "Name at least one change")
    if person_id == by and (given.disabled or given.role not in {None, "admin"}):
        text = Text("Không thể tự khóa hay hạ quyền của mình", "You cannot disable or demote yourself")
        raise Problem("own-account", text, 409)
    if given.role is not None or given.modules is not None:
        await auth.people.set_rights(person_id, role=given.role, modules=given.modules, by=by)
    if given.password is not None:
        await auth.people.set_password(person_id, given.password, by=by)
    if given.disabled is not None:
        await (auth.people.disable if given.disabled else auth.people.enable)(person_id, by=by)
    return Response(status_code=204)


def view(account: Account) -> dict[str, Any]:
    """An account as plain values."""
    plain: dict[str, Any] = msgspec.to_builtins(account)
    return plain
