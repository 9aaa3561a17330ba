"""Where the next page of a list begins: by time to the microsecond and id, so that nothing is lost or told twice."""

from __future__ import annotations

from datetime import datetime

from ioc.core.clock import parse_time
from ioc.core.errors import bad_field


def page_after(at: datetime, id: str) -> str:
    """The `next` of a page that ends with this one."""
    return f"{at.isoformat()}|{id}"


def page_cursor(text: str | None) -> tuple[datetime, str] | None:
    """What a `before` stands for; None for none.

    Raises:
        Problem: 422, it is not the `next` of a page.
    """
    if text is None:
        return None
    at, _, id = text.partition("|")
    try:
        return parse_time(at.replace(" ", "+")), id
    except ValueError:
        raise bad_field("before", "Không phải trang tiếp theo", "Not the next of a page") from None
