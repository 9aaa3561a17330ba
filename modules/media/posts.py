"""Social posts on their way in: what is understood of them is kept, their words are not.

Only the words and address of a post that may be about a case in the city are kept at all, sealed, so that whoever has
to look into it can, and the look is noted.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from ioc.contract import Door, Principal, Sealed, Write
from ioc.core.errors import bad_field
from modules.media.atlas import Atlas, Spot
from modules.media.parsing.dates import EARLIEST
from modules.media.reading import Reading, read_text
from modules.media.rows import social_row
from modules.media.shapes import PostIn
from modules.media.spelling import clean
from modules.media.statements import insert_once, set_item
from modules.media.tables import item
from modules.media.topics import topics

POINT_M = 100.0  # how far off the place of a phone may be
_TEXT_READ = 2_000


class Taken(msgspec.Struct, frozen=True):
    """A post with what was understood of it."""

    id: str
    post: PostIn
    read: Reading


def post_id(post: PostIn, here: Door) -> str:
    """The same for every repeat of one post, whoever sends it; another for another author's, since two platforms, or a
    sender that makes its ids up, may give one id to two posts."""
    return here.personal.pseudonym("media.post", f"{post.id}\0{post.author}")


def taken(posts: Sequence[PostIn], atlas: Atlas, here: Door) -> list[Taken]:
    """What each post says; it may take a while, and touches nothing."""
    return [Taken(post_id(one, here), one, _read(one, atlas, here)) for one in posts]


def _read(post: PostIn, atlas: Atlas, here: Door) -> Reading:
    text = clean(post.text, _TEXT_READ)
    return read_text(text, "", atlas, local=True, official=False, point=_point(post, here))


def _point(post: PostIn, here: Door) -> Spot | None:
    """The place a post was sent with, where that lies in the city."""
    if post.lon is None or post.lat is None or not here.gis.inside(post.lon, post.lat):
        return None
    place = here.gis.place(post.lon, post.lat)
    return Spot(
        ref="point",
        kind="point",
        name=place.name or (place.ward.name if place.ward else ""),
        lon=post.lon,
        lat=post.lat,
        uncertainty_m=POINT_M,
        ward_code=place.ward.code if place.ward else None,
    )


def check_times(posts: Sequence[PostIn], last: datetime) -> None:
    """Raises Problem 422 naming the first post dated later than `last`, the furthest that a clock may run ahead."""
    wrong = next((n for n, one in enumerate(posts) if one.published > last), None)
    if wrong is not None:
        raise bad_field(
            f"posts[{wrong}].published" if len(posts) > 1 else "published",
            "Thời điểm nằm trong tương lai; kiểm tra đồng hồ nơi gửi",
            "This time lies in the future; check the sender's clock",
            code="time-in-future",
        )


def nowhere(one: Taken) -> bool:
    """Whether a post names no place of this city: it is counted, and belongs to no story."""
    return not one.read.placing.concerns


def new_writes(one: Taken, here: Door, by: Principal, now: datetime) -> list[Write]:
    """The row of a new post."""
    post = one.post
    published, doubt = _believed(post.published, now)
    row = social_row(
        one.id,
        one.read,
        source=by.id[:64],
        author=here.personal.pseudonym("media.author", post.author),
        personal=personal_ref(one) if worth_a_look(one) else None,
        reach=post.reach,
        published=published,
        doubt=doubt,
        now=now,
        simulated=by.simulated,
    )
    return [insert_once(item, row)]


def again(one: Taken) -> list[Write]:
    """A post met again: how many it reached may have grown."""
    return [set_item(one.id, reach=one.post.reach)]


def worth_a_look(one: Taken) -> bool:
    """Whether a post may be about a case in the city."""
    placed = one.read.placing.concerns and (one.read.placing.spot or one.read.placing.candidates)
    return bool(placed) and any(topics()[name].incident or topics()[name].claim for name in one.read.topics)


def sealed(one: Taken) -> Sealed:
    """The words and address of such a post. Those of one that comes again after they were erased stay away, and hold
    up no other post of its batch."""
    fields = {"text": one.post.text, **({"url": one.post.url} if one.post.url else {})}
    return Sealed(personal_ref(one), fields, unless_erased=True)


def personal_ref(one: Taken) -> str:
    """What the sealed words are known by."""
    return f"media:{one.id}"


def _believed(published: datetime, now: datetime) -> tuple[datetime, str]:
    if published < EARLIEST:
        return now, "implausible"
    return min(published, now), ""
