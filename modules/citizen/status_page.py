"""The citizen's own page of one report, by its secret code, and the rating of the outcome."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import RedirectResponse

from ioc.contract import Decision, Door, Reply, Run, Write, allow, door
from ioc.core.errors import bad_field, not_found
from ioc.core.ids import new_id
from modules.citizen import codes, reports
from modules.citizen.events import ReportRated
from modules.citizen.forms import read_form
from modules.citizen.guesses import address_of, guesses_of
from modules.citizen.naming import report_number, service_name
from modules.citizen.pages import PageRoute
from modules.citizen.status import RATEABLE, meaning
from modules.citizen.views import HEADERS, page

MODULE = "citizen"
Code = Annotated[str, Path(max_length=200)]

router = APIRouter(prefix="/report/status", tags=["report"], route_class=PageRoute)


@router.post("", status_code=303)
@allow("anyone", module=MODULE)
async def find(request: Request) -> Response:
    """Goes to the page of a code that somebody typed."""
    values = (await read_form(request)).only(("code", "lang"))
    code = values.get("code", "").strip()
    if not code:
        raise bad_field("code", "Cần nhập mã theo dõi", "Enter the status code")
    if not codes.well_formed(code):
        _miss(request, door(request, MODULE))
        raise not_found()
    return RedirectResponse(f"/report/status/{codes.spelled(code)}{_lang(values.get('lang'))}", 303, HEADERS)


@router.get("/{code}")
@allow("anyone", module=MODULE)
async def show(request: Request, code: Code) -> Response:
    """Where the report stands. A wrong code and an unknown one get the very same answer."""
    here = door(request, MODULE)
    found = await _by_code(request, here, code)
    async with here.read() as connection:
        steps = await reports.history(connection, found.id)
    return page(
        "status.html",
        request,
        here,
        report=found,
        number=report_number(found.number),
        code=codes.spelled(code),
        meaning=meaning,
        steps=steps,
        rateable=found.status in RATEABLE and found.rating is None,
        service=service_name(here.city, found.service_code),
        duplicates=_numbers(found),
        sent=request.query_params.get("sent") == "1",
    )


@router.post("/{code}/rating", status_code=303)
@allow("anyone", module=MODULE)
async def rate(request: Request, code: Code) -> Response:
    """Takes the citizen's rating of a finished report, once."""
    here = door(request, MODULE)
    found = await _by_code(request, here, code)
    values = (await read_form(request)).only(("rating", "lang"))
    if values.get("rating") not in ("1", "2", "3", "4", "5"):
        raise bad_field("rating", "Chọn từ 1 đến 5", "Choose 1 to 5")
    rating = int(values["rating"])
    await here.decide(lambda run: _rating(here, found, rating, run), by=here.principal(request))
    return RedirectResponse(f"/report/status/{codes.spelled(code)}{_lang(values.get('lang'))}", 303, HEADERS)


def _rating(here: Door, found: reports.Report, rating: int, run: Run) -> Decision:
    """The first rating of a report that is finished counts; any other changes nothing."""
    now, known = here.clock.now(), reports.report_now(run, found.id)
    if known is None or known.status not in RATEABLE or known.rating is not None:
        return Decision(reply=Reply(200, {"report": found.id}))
    return Decision(
        reply=Reply(200, {"report": known.id}),
        events=[_rated(known, rating, rating <= here.threshold("citizen.negative_rating_max", now))],
        writes=[
            Write(reports.moved(known.id, "rated", now)),
            Write(reports.changed(known.id, rating=rating)),
            Write(reports.step_taken(known.id, new_id(), now, "rated")),
        ],
    )


def _rated(found: reports.Report, rating: int, negative: bool) -> ReportRated:
    number = report_number(found.number)
    return ReportRated(report=found.id, number=number, rating=rating, severity=2 if negative else None)


async def _by_code(request: Request, here: Door, code: str) -> reports.Report:
    """The report of a code.

    Raises:
        Problem: 429 after too many wrong codes, else 404 for one that is wrong or unknown.
    """
    guesses_of(request).check(address_of(request), here.clock.now())
    if codes.well_formed(code):
        async with here.read() as connection:
            found = await reports.by_code(connection, codes.fingerprint(code))
        if found is not None:
            return found
    _miss(request, here)
    raise not_found()


def _miss(request: Request, here: Door) -> None:
    now = here.clock.now()
    guesses_of(request).check(address_of(request), now)
    guesses_of(request).missed(address_of(request), now)


def _numbers(found: reports.Report) -> str:
    earlier: list[dict[str, Any]] = json.loads(found.duplicates) if found.duplicates else []
    return ", ".join(report_number(one["number"]) for one in earlier)


def _lang(chosen: str | None) -> str:
    return "?lang=en" if chosen == "en" else ""
