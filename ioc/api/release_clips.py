"""Clips of an evidence on their way out: begun, made into a blurred film, made again when a person stands for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import Request
from pydantic import AfterValidator, Field

from ioc.api.people import Closed
from ioc.api.release_book import ClipPlan, Record, ReleaseBook
from ioc.api.release_sources import about_evidence, clip_of_evidence, offset_s, outlines_of, unreadable, words_of
from ioc.api.rights import principal_of
from ioc.contract.blurring import BlurIn, Box, SeenIn, not_too_small, refuse_uncovered, refuse_unseen
from ioc.contract.deciding import Reply
from ioc.core.errors import Problem, bad_field
from ioc.core.ids import new_id
from ioc.core.text import Text
from ioc.host.leaving_clips import MOST_MS, MOST_PICTURES, Busy, TooLong, TooSlow, Unreadable, film, propose_clip, turn
from ioc.store import Once
from streams.blurring import Box as Area
from streams.holding import MOST_THINGS
from streams.parcel import Order

MOST_SPANS = 200


class SpanIn(Closed):
    """A box over some pictures of a clip, from the `first` to the `last`, counted from 0."""

    box: Annotated[Box, AfterValidator(not_too_small)]
    first: int = Field(ge=0, le=MOST_PICTURES)
    last: int = Field(ge=0, le=MOST_PICTURES)


class LeavingIn(BlurIn):
    """What is to be blurred. Of a clip `boxes` are over all of it and `spans` over some of its pictures; what was
    proposed is blurred too, but for the things (by their place in the list) it is to be `without`."""

    spans: list[SpanIn] = Field(default=[], max_length=MOST_SPANS)
    without: list[Annotated[int, Field(ge=0, le=MOST_THINGS)]] = Field(default=[], max_length=MOST_THINGS)


def refuse_clips_own(wanted: LeavingIn) -> None:
    """Raises Problem 422 where what only clips have is said of a picture."""
    if wanted.spans or wanted.without:
        raise bad_field("spans", "Chỉ dùng cho đoạn hình", "Only of a clip")


async def begin_clip(request: Request, once: Once, book: ReleaseBook, id: str, now: datetime) -> Reply:
    """Proposes what is to be blurred in the clip of an evidence; answers the `Record`.

    Raises:
        Problem: 404, 410 there is none (any more); 409 it cannot be read or is not cut yet; 422 it is too long; 429
            others wait already; 503 its file is on another machine.
    """
    async with _turn():
        row, pictures, sha256 = await clip_of_evidence(request, id)
        made = await propose_clip(pictures, request.app.state.settings.camera_model)
    about = about_evidence(request, row, pictures[0].at_ms, now)
    plan = ClipPlan(
        evidence=row.event,
        at_ms=tuple(one.at_ms for one in pictures),
        lasts_ms=made.lasts_ms,
        things=made.plan.things,
    )
    record = Record(
        id=new_id(),
        width=made.width,
        height=made.height,
        by=made.plan.by,
        boxes=(),
        whole=made.plan.whole,
        sha256=sha256,
        clip=plan,
        **msgspec.structs.asdict(about),
    )
    return await book.keep(once, record, principal_of(request), {})


async def blurred_clip(request: Request, record: Record, plan: ClipPlan, wanted: LeavingIn) -> bytes:
    """The film as it would leave.

    Raises:
        Problem: 422 something is outside the clip; else as `begin_clip`.
    """
    return await _film(request, record, plan, _order(request, record, plan, wanted))


async def clip_as_seen(request: Request, record: Record, plan: ClipPlan, seen: SeenIn, wanted: LeavingIn) -> bytes:
    """The film a person stands for, made anew and held against what they saw.

    Raises:
        Problem: 409 it is not what was looked at; 422 nothing is blurred and nobody says that nothing need be; else as
            `blurred_clip`.
    """
    order = _order(request, record, plan, wanted)
    refuse_uncovered(seen, blurred=any(order.areas))
    made = await _film(request, record, plan, order)
    refuse_unseen(made, seen)
    return made


def counted(plan: ClipPlan, wanted: LeavingIn) -> dict[str, Any]:
    """With what it was blurred, for the audit chain."""
    return {
        "evidence": plan.evidence,
        "pictures": len(plan.at_ms),
        "proposed": len(plan.things),
        "without": len(set(wanted.without)),
        "boxes": len(wanted.boxes) + len(wanted.spans),
    }


async def _film(request: Request, record: Record, plan: ClipPlan, order: Order) -> bytes:
    """Reads the evidence again: where its time is past meanwhile, or its file is another, nothing leaves."""
    async with _turn():
        _, pictures, sha256 = await clip_of_evidence(request, plan.evidence)
        if sha256 != record.sha256 or len(pictures) != len(plan.at_ms):
            raise unreadable()
        return await film(pictures, order)


def _order(request: Request, record: Record, plan: ClipPlan, wanted: LeavingIn) -> Order:
    _refuse_outside(plan, wanted)
    dropped, count = set(wanted.without), len(plan.at_ms)
    areas: list[list[Area]] = [list(wanted.boxes) for _ in range(count)]
    for number, thing in enumerate(plan.things):
        if number not in dropped:
            for offset, box in enumerate(thing.boxes):
                areas[thing.first + offset].append(box)
    for span in wanted.spans:
        for at in range(span.first, span.last + 1):
            areas[at].append(span.box)
    return Order(
        at_ms=plan.at_ms,
        areas=tuple(tuple(some) for some in areas),
        masks=tuple(outlines_of(request, record.camera)),
        words=words_of(record),
        utc_offset_s=offset_s(plan.at_ms[0]),
        whole=wanted.whole,
    )


def _refuse_outside(plan: ClipPlan, wanted: LeavingIn) -> None:
    for span in wanted.spans:
        if not span.first <= span.last < len(plan.at_ms):
            raise bad_field("spans", "Ô che nằm ngoài đoạn hình", "A box lies outside the clip")
    if any(number >= len(plan.things) for number in wanted.without):
        raise bad_field("without", "Không có vật nào mang số này", "There is no thing of this number")


@asynccontextmanager
async def _turn() -> AsyncIterator[None]:
    try:
        async with turn():
            yield
    except Busy:
        title = Text("Đang có nhiều đoạn hình chờ làm mờ", "Other clips wait to be blurred already")
        raise Problem("clips-waiting", title, 429, retry_after_s=10) from None
    except TooSlow:
        title = Text("Làm mờ đoạn hình mất quá lâu", "Blurring the clip took too long")
        again = Text("Máy đang bận, hãy thử lại.", "The machine is busy: try again.")
        raise Problem("clip-too-slow", title, 409, again, retry_after_s=30) from None
    except TooLong:
        title = Text("Đoạn hình quá dài để đưa ra", "The clip is too long to be taken out")
        vi = f"Tối đa {MOST_PICTURES} hình và {MOST_MS // 1000} giây; hãy đưa từng ảnh."
        en = f"At most {MOST_PICTURES} pictures and {MOST_MS // 1000} seconds; take single pictures out."
        raise Problem("clip-too-long", title, 422, Text(vi, en)) from None
    except Unreadable:
        raise unreadable() from None
