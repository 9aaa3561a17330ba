"""Open311 GeoReport v2 at `/open311/v2`, in JSON and XML, for any client that speaks the standard."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, get_args

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from sqlalchemy import ColumnElement

from ioc.contract import Door, allow, door
from ioc.core.clock import parse_time
from ioc.core.errors import Problem, bad_field, not_found
from ioc.core.text import Text
from modules.citizen import georeport, reports
from modules.citizen.georeport import MEDIA_TYPES, Format
from modules.citizen.language import asked_language
from modules.citizen.posts import take_open311
from modules.citizen.status import Open311Status, open311_states
from modules.citizen.tables import report

MODULE = "citizen"
WINDOW = timedelta(days=90)
PAGE_SIZE = 1000
_MOST_IDS = 100
_MOST_PAGES = 10_000

Id = Annotated[str, Path(max_length=80)]
Word = Annotated[str | None, Query(max_length=200)]
_KEY = {"name": "Idempotency-Key", "in": "header", "required": False}  # read with the form, told as its mistakes are
_KEYED = {"parameters": [_KEY | {"schema": {"type": "string", "minLength": 1, "maxLength": 200}}]}


class Open311Route(APIRoute):
    """Refusals leave as the standard's list of errors, in the format the client asked for."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route with its refusals told the standard's way."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except Problem as problem:
                return _refusal(request, problem)
            except RequestValidationError as error:
                return _refusal(request, _bad_request(error))

        return answer


router = APIRouter(prefix="/open311/v2", tags=["open311"], route_class=Open311Route)


@router.get("/discovery")
@router.get("/discovery.{format}")
@allow("anyone", module=MODULE)
async def discover(request: Request) -> Response:
    """Where the service is and which formats it speaks."""
    return _answer(request, "discovery", None, georeport.discovery(door(request, MODULE).city, _base(request)))


@router.get("/services")
@router.get("/services.{format}")
@allow("anyone", module=MODULE)
async def services(request: Request, jurisdiction_id: Word = None) -> Response:
    """What can be reported in this city."""
    here = _city_door(request, jurisdiction_id)
    language = asked_language(request)
    views = [georeport.service_view(service, language) for service in here.city.services]
    return _answer(request, "services", "service", views)


@router.get("/services/{service_code}")
@allow("anyone", module=MODULE)
async def service_definition(request: Request, service_code: Id, jurisdiction_id: Word = None) -> Response:
    """The extra fields of one kind of report: there are none."""
    here = _city_door(request, jurisdiction_id)
    code, _ = _split(service_code)
    try:
        here.city.service(code)
    except LookupError as error:
        raise not_found() from error
    return _answer(request, "service_definition", None, {"service_code": code, "attributes": []})


@router.post("/requests", status_code=201, openapi_extra=_KEYED)
@router.post("/requests.{format}", status_code=201, openapi_extra=_KEYED)
@allow("anyone", module=MODULE)
async def post_request(request: Request) -> Response:
    """Takes a report: form fields as the standard names them, multipart with a photo, or a JSON object.

    `Idempotency-Key` makes a repeat harmless. A report without a place is kept and put before a person.
    """
    _format(request)
    taken = await take_open311(request, door(request, MODULE), _base(request))
    response = _answer(request, "service_requests", "request", [taken.view], status=201)
    response.headers["Location"] = f"/open311/v2/requests/{taken.id}.{_format(request)}"
    if taken.status_path:
        response.headers["Link"] = f'<{taken.status_path}>; rel="status"'
    return response


@router.get("/requests")
@router.get("/requests.{format}")
@allow("anyone", module=MODULE)
async def list_requests(
    request: Request,
    jurisdiction_id: Word = None,
    service_request_id: Annotated[str | None, Query(max_length=5000)] = None,
    service_code: Annotated[str | None, Query(max_length=2000)] = None,
    start_date: Annotated[str | None, Query(max_length=64)] = None,
    end_date: Annotated[str | None, Query(max_length=64)] = None,
    status: Annotated[str | None, Query(max_length=64)] = None,
    page: Annotated[int, Query(ge=1, le=_MOST_PAGES)] = 1,
    page_size: Annotated[int, Query(ge=1, le=PAGE_SIZE)] = PAGE_SIZE,
) -> Response:
    """Published reports, newest first: of the last 90 days where no dates are given."""
    here = _city_door(request, jurisdiction_id)
    if service_request_id:
        conditions: list[ColumnElement[bool]] = [report.c.id.in_(_ids(service_request_id))]
    else:
        conditions = [*_when(start_date, end_date, here.clock.now()), *_which(service_code, status)]
    query = reports.published_only(conditions, page_size, (page - 1) * page_size)
    async with here.read() as connection:
        found = await reports.fetch(connection, query)
    return _answer(request, "service_requests", "request", [_view(request, here, one) for one in found])


@router.get("/requests/{service_request_id}")
@allow("anyone", module=MODULE)
async def one_request(request: Request, service_request_id: Id, jurisdiction_id: Word = None) -> Response:
    """One report at once after it was sent; its text and photo only once a person has published it."""
    here = _city_door(request, jurisdiction_id)
    found = await _report(here, service_request_id)
    return _answer(request, "service_requests", "request", [_view(request, here, found)])


@router.get("/tokens/{token}")
@allow("anyone", module=MODULE)
async def token(request: Request, token: Id, jurisdiction_id: Word = None) -> Response:
    """The id a token stands for; reports get their id at once, so it is the token itself."""
    found = await _report(_city_door(request, jurisdiction_id), token)
    return _answer(request, "service_requests", "request", [{"service_request_id": found.id, "token": found.id}])


async def _report(here: Door, name: str) -> reports.Report:
    report_id, _ = _split(name)
    async with here.read() as connection:
        found = await reports.by_id(connection, report_id)
    if found is None:
        raise not_found()
    return found


def _view(request: Request, here: Door, found: reports.Report) -> dict[str, Any]:
    return georeport.request_view(found, here.city, _base(request), asked_language(request))


def _city_door(request: Request, jurisdiction: str | None) -> Door:
    _format(request)
    here = door(request, MODULE)
    if jurisdiction and jurisdiction != here.city.id:
        text = Text("Không có jurisdiction_id này", "There is no such jurisdiction_id")
        raise Problem("no-such-jurisdiction", text, 404)
    return here


def _ids(text: str) -> list[str]:
    ids = [one.strip() for one in text.split(",") if one.strip()]
    if len(ids) > _MOST_IDS:
        raise bad_field("service_request_id", f"Nhiều nhất {_MOST_IDS} mã", f"At most {_MOST_IDS} ids")
    return ids


def _when(start: str | None, end: str | None, now: datetime) -> list[ColumnElement[bool]]:
    """The time asked for: 90 days at most, up to now where nothing is said."""
    begins, ends = _time("start_date", start), _time("end_date", end)
    try:
        if begins is None:
            begins = (ends or now) - WINDOW
        if ends is None:
            ends = begins + WINDOW if start else now
    except OverflowError as error:
        raise bad_field("start_date", "Thời gian ngoài phạm vi", "Time out of range") from error
    if begins > ends:
        raise bad_field("end_date", "Ngày cuối trước ngày đầu", "The end is before the start")
    if ends - begins > WINDOW:
        raise bad_field("end_date", "Khoảng thời gian dài quá 90 ngày", "The range is longer than 90 days")
    return [report.c.received_at >= begins, report.c.received_at <= ends]


def _time(field: str, text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        return parse_time(text.strip().replace(" ", "+"))  # an unencoded + arrives as a space
    except ValueError as error:
        raise bad_field(
            field, "Cần thời gian có múi giờ, ví dụ 2026-11-21T08:00:00+07:00", "Needs a time with its zone"
        ) from error


def _which(codes: str | None, statuses: str | None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if codes:
        conditions.append(report.c.service_code.in_([code.strip() for code in codes.split(",")]))
    if statuses:
        wanted = [state for name in statuses.split(",") for state in _states(name.strip())]
        conditions.append(report.c.status.in_(wanted))
    return conditions


def _states(name: str) -> Sequence[str]:
    match name:
        case "open" | "closed":
            return open311_states(name)
        case _:
            words = " | ".join(get_args(Open311Status))
            raise bad_field("status", f"Trạng thái phải là {words}", f"The status is {words}")


def _split(name: str) -> tuple[str, str | None]:
    """`ID.json` into the id and the format; an id or code itself holds no such ending."""
    stem, dot, ending = name.rpartition(".")
    return (stem, ending) if dot and ending in MEDIA_TYPES else (name, None)


def _format(request: Request) -> Format:
    """By the ending of the path, else by `Accept`, else JSON."""
    ending = request.path_params.get("format")
    if ending is not None and ending not in MEDIA_TYPES:
        raise not_found()
    ending = ending or request.url.path.rpartition(".")[2]
    if ending in ("json", "xml"):
        return "xml" if ending == "xml" else "json"
    accept = request.headers.get("accept", "")
    return "xml" if "xml" in accept and "json" not in accept else "json"


def _answer(request: Request, root: str, item: str | None, value: Any, *, status: int = 200) -> Response:
    kind = _format(request)
    body = georeport.as_xml(root, item, value) if kind == "xml" else georeport.as_json(value)
    return Response(body, status, media_type=f"{MEDIA_TYPES[kind]}; charset=utf-8")


def _refusal(request: Request, problem: Problem) -> Response:
    """The standard knows 400 for bad input, so what is 422 elsewhere is 400 here."""
    status = 400 if problem.status == 422 else problem.status
    kind: Format = "xml" if request.url.path.endswith(".xml") else "json"
    if not request.url.path.endswith((".xml", ".json")) and "xml" in request.headers.get("accept", ""):
        kind = "xml"
    errors = [one | {"code": status} for one in georeport.errors_of(problem)]
    body = georeport.as_xml("errors", "error", errors) if kind == "xml" else georeport.as_json(errors)
    headers = {"Retry-After": str(problem.retry_after_s)} if problem.retry_after_s else None
    return Response(body, status, headers, f"{MEDIA_TYPES[kind]}; charset=utf-8")


def _bad_request(error: RequestValidationError) -> Problem:
    where = ".".join(str(part) for part in error.errors()[0]["loc"][1:]) or "query"
    return bad_field(where, "Giá trị không hợp lệ", "Invalid value")


def _base(request: Request) -> str:
    return str(request.base_url).rstrip("/")
