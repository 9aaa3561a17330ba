"""The desk's HTTP door: the queue, one incident with its timeline, and what operators do."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from ioc.api.once import Doing
from ioc.contract import Principal, Reply, allow
from ioc.core.clock import iso
from ioc.core.envelope import Recorded
from ioc.core.errors import bad_field, not_found
from ioc.core.place import plausible
from ioc.core.text import nfc
from ioc.incidents import Command, Incident, IncidentBook, plain, rule_of

router = APIRouter(prefix="/api/v1/incidents", tags=["incidents"])


# Words an operator may close with; anything else belongs into a note, which is sealed.
Outcome = Literal["resolved", "false", "duplicate", "transferred", "other"]


class Action(BaseModel):
    """What the operator asks for."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    action: Literal["take", "assign", "note", "close", "reopen", "locate", "join", "part"]
    version: int = Field(ge=1, le=2**53)
    unit: str | None = Field(default=None, max_length=64)
    agency: str | None = Field(default=None, max_length=64)
    text: str | None = Field(default=None, min_length=1, max_length=4000)
    outcome: Outcome | None = None
    lonlat: tuple[float, float] | None = None
    lead: str | None = Field(default=None, max_length=36, description="join: the case to be shown beneath")
    parts: bool = Field(default=False, description="close: also what is shown beneath the case, with the same outcome")


@router.get("")
@allow("wall", "operator")
async def list_incidents(
    request: Request,
    status: Literal["open", "all"] = "open",
    kind: Literal["call", "report", "event"] | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 200,
    before: Annotated[int | None, Query(ge=1, le=2**53, description="Only numbers before this one")] = None,
) -> dict[str, Any]:
    """The queue: most urgent first, then oldest. `all`: highest number first; `next` goes into `before`."""
    asking = _asking(request)
    found = await _book(request).queue(
        open_only=status == "open",
        kind=kind,
        limit=limit,
        classes=asking.classes,
        modules=asking.modules,
        before=before,
    )
    following = found[-1].number if status == "all" and len(found) == limit else None
    return {"incidents": [_shown(incident, asking) for incident in found], "next": following}


@router.get("/{incident_id}")
@allow("operator")
async def one_incident(
    request: Request,
    incident_id: str,
    reveal: bool = False,
    reason: Annotated[str | None, Query(min_length=5, max_length=200)] = None,
) -> dict[str, Any]:
    """One incident with its timeline; `reveal` adds people's data, which needs a reason and is audited."""
    book, asking = _book(request), _asking(request)
    incident = await _permitted(book, incident_id, asking)
    answer = _shown(incident, asking) | {"timeline": [_entry(item) for item in await book.timeline(incident)]}
    if reveal:
        if not reason:
            raise bad_field("reason", "Cần nêu lý do xem dữ liệu cá nhân", "A reason is needed to see personal data")
        answer["revealed"] = await _reveal(request, incident, answer["timeline"], asking, reason)
    return answer


@router.post("/{incident_id}/actions")
@allow("operator")
async def act_on_incident(request: Request, incident_id: str, action: Action, once: Doing) -> dict[str, Any]:
    """Take, assign, note, close, reopen, locate, join or part; 409 when someone changed the incident meanwhile.

    `join` shows a case beneath another that tells of the same happening and `part` takes it out again; it stays a case
    of its own in everything else. 409 too where the lead is closed or itself beneath another. Under a known
    `Idempotency-Key` the answer is the first one, whatever the version is by now.
    """
    asking, book = _asking(request), _book(request)

    async def work() -> Reply:
        await _permitted(book, incident_id, asking)
        if action.action == "join" and action.lead:
            await _permitted(book, action.lead, asking)
        note = nfc(action.text) if action.text else None
        job = book.acting(incident_id, _command(request, action, asking), asking, note)
        return await once.commit(lambda tx: Reply(200, _shown(job(tx), asking)))

    return (await once.answer(work)).body


def _book(request: Request) -> IncidentBook:
    city = request.app.state.city
    return IncidentBook(request.app.state.store, city.id, partial(rule_of, city))


async def _permitted(book: IncidentBook, incident_id: str, asking: Principal) -> Incident:
    """The incident, unless its class of data or its module is closed to the asker, for whom it does not exist."""
    incident = await book.get(incident_id)
    if incident.dataclass not in asking.classes or not asking.may("operator", incident.module):
        raise not_found()
    return incident


def _asking(request: Request) -> Principal:
    asking: Principal = request.state.principal
    return asking


def _shown(incident: Incident, asking: Principal) -> dict[str, Any]:
    view = plain(incident)
    if not asking.may("operator"):
        view.pop("personal")
    return view


def _command(request: Request, action: Action, asking: Principal) -> Command:
    _check(request, action)
    place = None
    if action.lonlat:
        known = request.app.state.gis.place(*action.lonlat)
        place = {"place": known.name, "ward": _ward(known.ward)}
    return Command(
        verb=action.action,
        version=action.version,
        by=asking.sign or asking.id,
        unit=action.unit,
        agency=action.agency,
        outcome=action.outcome,
        lonlat=action.lonlat,
        place=place,
        lead=action.lead if action.action == "join" else None,
        parts=action.parts,
    )


def _ward(ward: Any) -> dict[str, Any] | None:
    if ward is None:
        return None
    return {
        "code": ward.code,
        "name": ward.name,
        "valid_from": ward.valid_from.isoformat(),
        "approximate": ward.approximate,
    }


def _check(request: Request, action: Action) -> None:
    city = request.app.state.city
    match action.action:
        case "assign" if not (action.unit or action.agency):
            raise bad_field("unit", "Chọn đơn vị hoặc cơ quan để giao", "Name a unit or an agency")
        case "assign" if action.unit and action.unit not in {unit.id for unit in city.units}:
            raise bad_field("unit", f"Không có đơn vị “{action.unit}”", f"There is no unit “{action.unit}”")
        case "assign" if action.agency and action.agency not in {agency.id for agency in city.agencies}:
            raise bad_field("agency", f"Không có cơ quan “{action.agency}”", f"There is no agency “{action.agency}”")
        case "note" if not action.text:
            raise bad_field("text", "Ghi chú không được để trống", "A note needs a text")
        case "close" if not action.outcome:
            raise bad_field("outcome", "Chọn kết quả trước khi đóng", "Choose an outcome before closing")
        case "join" if not action.lead:
            raise bad_field("lead", "Chọn vụ để ghép vào", "Name the case to join")
        case "locate" if not action.lonlat or not plausible(*action.lonlat):
            raise bad_field("lonlat", "Toạ độ không hợp lệ (kinh độ, vĩ độ)", "Not a place (longitude, latitude)")
        case "locate" if action.lonlat:
            _check_near(request, action.lonlat)


def _check_near(request: Request, lonlat: tuple[float, float]) -> None:
    """A slip of the hand, or the two numbers exchanged, must not send anyone to another province."""
    away_km = request.app.state.gis.outside_m(*lonlat) / 1000
    most = request.app.state.city.locate_margin_km
    if away_km > most:
        raise bad_field(
            "lonlat",
            f"Điểm nằm cách địa bàn {away_km:,.0f} km (cho phép {most:g} km); kiểm tra thứ tự kinh độ, vĩ độ",
            f"The point lies {away_km:,.0f} km outside the city ({most:g} km is allowed); check longitude and latitude",
        )


def _entry(recorded: Recorded) -> dict[str, Any]:
    envelope = recorded.envelope
    fields = ("by", "unit", "agency", "outcome", "note_ref", "title", "lead", "joined")
    return {
        "id": envelope.id,
        "position": recorded.position,
        "type": envelope.type,
        "module": envelope.module,
        "at": iso(envelope.time),
        **{name: envelope.data[name] for name in fields if name in envelope.data},
    }


async def _reveal(
    request: Request, incident: Incident, timeline: list[dict[str, Any]], asking: Principal, reason: str
) -> dict[str, Any]:
    personal = request.app.state.store.personal
    shown: dict[str, Any] = {"notes": {}}
    if incident.personal:
        shown["person"] = await personal.reveal(incident.personal, by=asking, reason=reason)
    for entry in timeline:
        if ref := entry.get("note_ref"):
            shown["notes"][entry["id"]] = (await personal.reveal(ref, by=asking, reason=reason))["note"]
    return shown
