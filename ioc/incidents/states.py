"""What may be done to an incident, and what it becomes: pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from ioc.core.errors import Problem
from ioc.core.text import Text
from ioc.incidents.view import Incident, Status

Verb = Literal["take", "assign", "note", "close", "reopen", "locate", "join", "part"]

ALLOWED: dict[Verb, frozenset[Status]] = {
    "take": frozenset({"new", "taken", "assigned"}),
    "assign": frozenset({"new", "taken", "assigned"}),
    "note": frozenset({"new", "taken", "assigned", "closed"}),
    "close": frozenset({"taken", "assigned"}),
    "reopen": frozenset({"closed"}),
    "locate": frozenset({"new", "taken", "assigned"}),
    "join": frozenset({"new", "taken", "assigned"}),
    "part": frozenset({"new", "taken", "assigned", "closed"}),
}
EVENT: dict[Verb, str] = {
    "take": "incident.taken",
    "assign": "incident.assigned",
    "note": "incident.noted",
    "close": "incident.closed",
    "reopen": "incident.reopened",
    "locate": "incident.located",
    "join": "incident.joined",
    "part": "incident.parted",
}


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator asks for; `version` is the one they saw.

    `lead` is the case to be shown beneath; with `parts` a close also closes what is shown beneath the case.
    """

    verb: Verb
    version: int
    by: str
    unit: str | None = None
    agency: str | None = None
    outcome: str | None = None
    lonlat: tuple[float, float] | None = None
    place: dict[str, Any] | None = None
    lead: str | None = None
    parts: bool = False


def act(incident: Incident, command: Command, now: datetime) -> Incident:
    """The incident after the command.

    Raises:
        Problem: 409 when someone changed it meanwhile, or when its state does not allow the command.
    """
    if command.version != incident.version:
        raise Problem(
            "changed-meanwhile",
            Text("Vụ việc vừa được người khác cập nhật, hãy xem lại", "Someone changed the incident, look again"),
            status=409,
        )
    if incident.status not in ALLOWED[command.verb]:
        raise Problem(
            "not-in-this-state",
            Text(
                f"Không thể thực hiện khi vụ việc ở trạng thái “{STATUS_TEXT[incident.status].vi}”",
                f"Not possible while the incident is “{STATUS_TEXT[incident.status].en}”",
            ),
            status=409,
        )
    if command.verb == "part" and incident.lead is None:
        raise Problem("not-a-part", Text("Vụ này đang đứng riêng", "This case stands on its own"), status=409)
    changes = _changes(incident, command)
    return msgspec.structs.replace(incident, version=incident.version + 1, updated=now, **changes)


STATUS_TEXT: dict[Status, Text] = {
    "new": Text("mới", "new"),
    "taken": Text("đã nhận", "taken"),
    "assigned": Text("đã giao", "assigned"),
    "closed": Text("đã đóng", "closed"),
}


def _changes(incident: Incident, command: Command) -> dict[str, Any]:
    match command.verb:
        case "take":
            return {"status": "taken" if incident.status == "new" else incident.status, "owner": command.by}
        case "assign":
            return {
                "status": "assigned",
                "owner": incident.owner or command.by,
                "assignee": command.unit or command.agency,
            }
        case "close":
            return {"status": "closed", "outcome": command.outcome}
        case "reopen":
            return {"status": "taken", "owner": command.by, "outcome": None}
        case "locate":
            return {"lonlat": command.lonlat, **(command.place or {})}
        case "join":
            return {"lead": command.lead, "joined": "hand"}
        case "part":
            return {"lead": None, "joined": None}
        case "note":
            return {}


def check_lead(incident: Incident, lead: Incident) -> None:
    """Whether a case may be shown beneath another: one level deep, never in a circle, never beneath what is over.

    Raises:
        Problem: 409 with the reason.
    """
    if lead.id == incident.id:
        raise Problem("same-case", Text("Không thể ghép vụ vào chính nó", "A case cannot join itself"), status=409)
    if lead.status == "closed":
        raise Problem("lead-closed", Text("Vụ chính đã đóng", "The lead case is closed"), status=409)
    if lead.lead == incident.id:
        raise Problem("circle", Text("Vụ kia đang ghép vào vụ này", "That case is part of this one"), status=409)
    if lead.lead is not None:
        raise Problem(
            "lead-is-part",
            Text("Vụ kia đang ghép vào một vụ khác, hãy chọn vụ chính", "That case is itself a part, choose its lead"),
            status=409,
        )
    if incident.lead == lead.id and incident.joined == "hand":
        raise Problem("already-joined", Text("Đã ghép vào vụ này", "Already part of that case"), status=409)
