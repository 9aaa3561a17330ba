"""What is made of a text once, when it comes in: topics, tone, place, fingerprints. Pure."""

from __future__ import annotations

import msgspec

from modules.media.atlas import Atlas, Spot
from modules.media.placing import Placing, place
from modules.media.similarity import features, simhash
from modules.media.spelling import said
from modules.media.tone import Tone, tone_of
from modules.media.topics import ranked, topics_met


class Reading(msgspec.Struct, frozen=True):
    """What a text says. `topics` most telling first; `features` and `simhash` compare it with others."""

    topics: tuple[str, ...]
    tone: Tone
    placing: Placing
    features: frozenset[int]
    simhash: int


def read_text(
    title: str, text: str, atlas: Atlas, *, local: bool, official: bool, point: Spot | None = None
) -> Reading:  # fmt: skip
    """What a text says, its title first. `local` and `official` as for `place`; a `point` it was sent with decides."""
    words = said(f"{title}. {text}" if text else title)
    met = topics_met(words)
    headline = len(said(title))
    happened = [one.start for one in met if one.start < headline] or [one.start for one in met]
    placing = Placing(concerns=True, spot=point)
    if point is None:
        placing = place(words, atlas, happened, local=local, official=official)
    return Reading(ranked(met), tone_of(words), placing, features(words), simhash(words))
