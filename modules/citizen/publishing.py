"""Making a report public, taking it back, and turning one away: each one commit, by a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select

from ioc.contract import Attach, Deciding, Decision, Door, Event, Principal, Reply, Run, Write
from ioc.contract.blurring import SeenIn, as_seen, hash_of, not_shown
from ioc.core.errors import FieldError, Problem, bad_field
from ioc.core.ids import new_id
from ioc.core.place import Place
from ioc.core.text import Text
from ioc.core.traces import traces
from modules.citizen import reports
from modules.citizen.draft import clean
from modules.citizen.events import ReportPublished, ReportUnpublished, ReportUpdated
from modules.citizen.naming import report_number, service_name
from modules.citizen.reports import Report
from modules.citizen.status import DONE, Status, meaning
from modules.citizen.tables import looked, media

_REASON = "publication"
_TRACES = {
    "phone": Text("số điện thoại", "a phone number"),
    "email": Text("địa chỉ thư điện tử", "an e-mail address"),
    "plate": Text("biển số xe", "a number plate"),
    "identity_number": Text("số định danh", "an identity number"),
}


async def publish(
    door: Door, by: Principal, found: Report, text: str | None, blur: SeenIn | None, deciding: Deciding
) -> Reply:
    """Makes a report public with the text an operator stands for and, only when asked, the photo as they have seen it
    blurred.

    Without a text only kind, ward and state are shown: a citizen's words are never public unless a person sent them
    here, since no check finds every name.

    Raises:
        Problem: 409 a rejected report, one that is public like this, or a photo that is not the one `by` has looked at;
            422 no such photo, nothing blurred, or personal data in the text; 403 without the class.
    """
    if found.status == "rejected":  # nobody has to look at its photo
        raise _rejected()
    if blur is not None and found.photo is None:
        raise bad_field("photo", "Phản ánh không có ảnh", "The report has no photo")
    shown = _checked("text", text or "")
    jpeg = None
    if blur is not None:
        original = await door.personal.blob(found.personal, "photo", by=by, reason=_REASON)
        jpeg = await as_seen(door.blurred, original, blur)

    def decide(run: Run) -> Decision:
        known = _now(run, found)
        if jpeg is not None:
            _refuse_unshown(run, known, by, jpeg)
        return _public(door, known, shown, jpeg, run)

    return await deciding(decide)


async def note_look(door: Door, by: Principal, found: Report, sha256: str) -> None:
    """Remembers which blurred photo of a report a person was shown last."""
    statements = [
        delete(looked).where(looked.c.report == found.id, looked.c.by == by.id),
        insert(looked).values(report=found.id, by=by.id, sha256=sha256),
    ]
    decision = Decision(reply=Reply(200, {}), writes=[Write(statement) for statement in statements])
    await door.decide(lambda run: decision, by=by)


def _refuse_unshown(run: Run, known: Report, by: Principal, jpeg: bytes) -> None:
    shown = select(looked.c.sha256).where(looked.c.report == known.id, looked.c.by == by.id)
    if run(shown).scalar() != hash_of(jpeg):
        raise not_shown()


def _public(door: Door, known: Report, shown: str, jpeg: bytes | None, run: Run) -> Decision:
    status: Status = "published" if known.status == "resolved" else known.status
    if known.status == "rejected":
        raise _rejected()
    if status == known.status and _stands_so(known, shown, jpeg, run):
        raise _conflict("Phản ánh đã công khai như vậy", "The report is public like this already")
    now = door.clock.now()
    statements: list[Any] = [
        reports.changed(
            known.id,
            status=status,
            published_at=now,
            published_text=shown or None,
            photo_published=jpeg is not None,
            updated_at=now,
        ),
        delete(media).where(media.c.report == known.id),
        reports.step_taken(known.id, new_id(), now, status, _PUBLISHED),
    ]
    if jpeg is not None:
        statements.append(insert(media).values(id=known.photo, report=known.id, published_at=now, jpeg=jpeg))
    return _decision(known, statements, [_published(door, known, with_photo=jpeg is not None)], status)


def _stands_so(known: Report, shown: str, jpeg: bytes | None, run: Run) -> bool:
    """Whether this is what anybody can see of the report."""
    if known.published_at is None or (known.published_text or "") != shown:
        return False
    return bool(run(select(media.c.jpeg).where(media.c.report == known.id)).scalar() == jpeg)


_PUBLISHED = Text("Phản ánh đã được kiểm tra và công khai.", "The report was checked and published.")
_UNPUBLISHED = Text("Phản ánh không còn công khai.", "The report is no longer public.")


async def unpublish(door: Door, found: Report, deciding: Deciding) -> Reply:
    """Takes text and photo out of the public again.

    Raises:
        Problem: 409 when it is not public.
    """
    return await deciding(lambda run: _taken_back(_now(run, found), door.clock.now()))


def _taken_back(known: Report, now: datetime) -> Decision:
    if known.published_at is None:
        raise _conflict("Phản ánh chưa công khai", "The report is not public")
    status: Status = "resolved" if known.status == "published" else known.status
    statements = [
        reports.changed(
            known.id,
            status=status,
            published_at=None,
            published_text=None,
            photo_published=False,
            updated_at=now,
        ),
        delete(media).where(media.c.report == known.id),
        reports.step_taken(known.id, new_id(), now, status, _UNPUBLISHED),
    ]
    return _decision(known, statements, [_unpublished(known)], status)


async def reject(door: Door, found: Report, reason: str, deciding: Deciding) -> Reply:
    """Turns a report away and out of the public; the citizen reads the reason on the status page.

    Raises:
        Problem: 409 when it is finished already, 422 personal data in the reason.
    """
    said = _checked("reason", reason)
    if not said:
        raise bad_field("reason", "Cần nêu lý do", "A reason is needed")
    return await deciding(lambda run: _turned_away(_now(run, found), said, door.clock.now()))


def _turned_away(known: Report, said: str, now: datetime) -> Decision:
    if known.status in DONE:
        raise _conflict("Phản ánh đã kết thúc", "The report is finished")
    statements = [
        reports.moved(known.id, "rejected", now),
        reports.step_taken(known.id, new_id(), now, "rejected", Text(said, said)),
        *reports.hidden(known.id, "rejected", now),
    ]
    events = [*no_longer_public(known), updated(known, "rejected", {"rejected": True})]
    return _decision(known, statements, events, "rejected")


def _now(run: Run, found: Report) -> Report:
    """The report as it is in the commit."""
    return reports.report_now(run, found.id) or found


def no_longer_public(found: Report) -> list[ReportUnpublished]:
    """The event that tells of it, for a report that was public."""
    return [_unpublished(found)] if found.published_at is not None else []


def updated(
    found: Report, status: Status, facts: dict[str, Any] | None = None, *, simulated: bool = False
) -> ReportUpdated:
    """The event that tells of a report's public state; `facts` go to its incident."""
    told = meaning(status)
    return ReportUpdated(
        report=found.id,
        number=report_number(found.number),
        status=status,
        open311_status=told.open311,
        status_vi=told.label.vi,
        status_en=told.label.en,
        note_vi=told.note.vi,
        note_en=told.note.en,
        attach=Attach(facts=facts) if facts else None,
        simulated=simulated,
    )


def _checked(field: str, text: str) -> str:
    try:
        said = clean(text)
    except ValueError as error:
        raise bad_field(field, "Có ký tự không hợp lệ", "Holds an invalid character") from error
    met = traces(said)
    if met:
        vi, en = (", ".join(_TRACES[kind].say(language) for kind in met) for language in ("vi", "en"))
        text_ = Text(f"Có vẻ chứa {vi}; hãy sửa trước khi công khai", f"Seems to hold {en}; edit it before publishing")
        title = Text("Có dữ liệu cá nhân", "Personal data")
        raise Problem("personal-data", title, 422, text_, (FieldError(field, text_),))
    return said


def _published(door: Door, found: Report, *, with_photo: bool) -> ReportPublished:
    name = service_name(door.city, found.service_code)
    return ReportPublished(
        report=found.id,
        number=report_number(found.number),
        service_code=found.service_code,
        service_vi=name.vi,
        service_en=name.en,
        photo=found.photo if with_photo else None,
        place=_rounded_place(found),
    )


def _unpublished(found: Report) -> ReportUnpublished:
    return ReportUnpublished(report=found.id, number=report_number(found.number))


def _rounded_place(found: Report) -> Place | None:
    if found.shown_lon is None or found.shown_lat is None:
        return None
    return Place(found.shown_lon, found.shown_lat)


def _decision(known: Report, statements: Sequence[Any], events: Sequence[Event], status: Status) -> Decision:
    reply = Reply(200, {"id": known.id, "status": status})
    return Decision(reply=reply, events=events, writes=[Write(statement) for statement in statements])


def _rejected() -> Problem:
    return _conflict("Phản ánh đã bị từ chối", "The report was rejected")


def _conflict(vi: str, en: str) -> Problem:
    return Problem("not-in-this-state", Text(vi, en), 409)
