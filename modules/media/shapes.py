"""What the door takes: closed shapes, every text bounded, every time with its zone."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from ioc.contract.bodies import parse
from ioc.core.clock import to_utc

MOST_POSTS = 500
Count = Annotated[int, Meta(ge=0, le=1_000_000_000)]
Word = Annotated[str, Meta(min_length=1, max_length=200)]


class PostIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A social post as exported or as an official interface gives it. `id` is the platform's own, the same on every
    repeat, and tells posts of one author apart. Author and address are never kept in clear; the text is read and let
    go."""

    id: Word
    author: Word
    text: Annotated[str, Meta(min_length=1, max_length=5_000)]
    published: Annotated[datetime, Meta(tz=True)]
    url: Annotated[str, Meta(max_length=1_000)] | None = None
    reactions: Count = 0
    shares: Count = 0
    comments: Count = 0
    lat: Annotated[float, Meta(ge=-90, le=90)] | None = None
    lon: Annotated[float, Meta(ge=-180, le=180)] | None = None

    def __post_init__(self) -> None:
        if (self.lat is None) != (self.lon is None):
            raise ValueError("Expected `lat` and `lon` together")
        try:
            msgspec.structs.force_setattr(self, "published", to_utc(self.published))
        except ValueError as error:
            raise ValueError(f"Invalid RFC3339 time in `published`: {error}") from error

    @property
    def reach(self) -> int:
        """How many people did something with it."""
        return min(self.reactions + self.shares + self.comments, 2_000_000_000)


Several = Annotated[list[PostIn], Meta(min_length=1, max_length=MOST_POSTS)]


class PostsIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Several posts by name, for whoever cannot send a bare list."""

    posts: Several


def posts_of(body: bytes) -> list[PostIn]:
    """The posts of a body: one, a list, or an object with the list under `posts`.

    Raises:
        Problem: 400 when it is no JSON, 422 naming the field when it has the wrong shape.
    """
    if body.lstrip()[:1] == b"[":
        body = b'{"posts":' + body + b"}"
    if "posts" in parse(body, dict[str, msgspec.Raw]):
        return parse(body, PostsIn).posts
    return [parse(body, PostIn)]
