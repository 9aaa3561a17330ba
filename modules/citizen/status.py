"""The states of a report, what moves it from one to the next, and what each is called for the public."""

from __future__ import annotations

from typing import Literal

import msgspec

from ioc.core.text import Text

Status = Literal["new", "validated", "assigned", "in_progress", "resolved", "published", "rated", "closed", "rejected"]
Open311Status = Literal["open", "closed"]

STATUSES: tuple[Status, ...] = (
    "new",
    "validated",
    "assigned",
    "in_progress",
    "resolved",
    "published",
    "rated",
    "closed",
    "rejected",
)
DONE: frozenset[Status] = frozenset({"resolved", "published", "rated", "closed", "rejected"})
RATEABLE: frozenset[Status] = frozenset({"resolved", "published"})


class Meaning(msgspec.Struct, frozen=True):
    """How a state is told outside: Open311 knows only open and closed, the rest is words."""

    open311: Open311Status
    label: Text
    note: Text


_MEANINGS: dict[Status, Meaning] = {
    "new": Meaning(
        "open",
        Text("Đã tiếp nhận", "Received"),
        Text("Phản ánh đã đến trung tâm điều hành, đang chờ xem xét.", "The report has arrived and awaits review."),
    ),
    "validated": Meaning(
        "open",
        Text("Đang xem xét", "Under review"),
        Text("Cán bộ trực đang xem xét phản ánh.", "An operator is looking into the report."),
    ),
    "assigned": Meaning(
        "open",
        Text("Đã giao xử lý", "Assigned"),
        Text("Phản ánh đã được giao cho đơn vị xử lý.", "The report was handed to those who will deal with it."),
    ),
    "in_progress": Meaning(
        "open",
        Text("Đang xử lý", "In progress"),
        Text("Đơn vị đang xử lý phản ánh.", "Work on the report is under way."),
    ),
    "resolved": Meaning(
        "closed",
        Text("Đã xử lý", "Resolved"),
        Text("Phản ánh đã được xử lý xong. Mời bạn đánh giá.", "The report has been dealt with. Please rate it."),
    ),
    "published": Meaning(
        "closed",
        Text("Đã xử lý và công khai", "Resolved and published"),
        Text("Kết quả xử lý đã được công khai. Mời bạn đánh giá.", "The outcome is published. Please rate it."),
    ),
    "rated": Meaning(
        "closed",
        Text("Đã đánh giá", "Rated"),
        Text("Cảm ơn bạn đã đánh giá kết quả xử lý.", "Thank you for rating the outcome."),
    ),
    "closed": Meaning(
        "closed",
        Text("Đã đóng", "Closed"),
        Text("Phản ánh đã khép lại.", "The report is closed."),
    ),
    "rejected": Meaning(
        "closed",
        Text("Không tiếp nhận", "Not accepted"),
        Text("Phản ánh không thuộc phạm vi tiếp nhận.", "The report cannot be dealt with here."),
    ),
}


def meaning(status: Status) -> Meaning:
    """What a state means to the public."""
    return _MEANINGS[status]


def open311_states(wanted: Open311Status) -> tuple[Status, ...]:
    """The internal states that Open311 calls `open` or `closed`."""
    return tuple(status for status in STATUSES if _MEANINGS[status].open311 == wanted)


def after_desk(action: str) -> Status | None:
    """The state a report enters when the desk acts on its incident; None where the action moves nothing."""
    states: dict[str, Status] = {
        "taken": "validated",
        "assigned": "assigned",
        "closed": "resolved",
        "reopened": "in_progress",
    }
    return states.get(action)


def may_follow(new: Status) -> tuple[Status, ...]:
    """The states from which a report may enter `new`; a rejected or finished one is not stirred by late news."""
    earlier: dict[Status, tuple[Status, ...]] = {
        "new": (),
        "validated": ("new",),
        "assigned": ("new", "validated", "assigned", "in_progress"),
        "in_progress": ("new", "validated", "assigned", "resolved", "published", "rated", "closed"),
        "resolved": ("new", "validated", "assigned", "in_progress"),
        "published": ("resolved",),
        "rated": ("resolved", "published"),
        "closed": ("resolved", "published", "rated"),
        "rejected": ("new", "validated", "assigned", "in_progress"),
    }
    return earlier[new]
