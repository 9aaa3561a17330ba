"""The quick way in for readings: a batch is decoded, checked and made ready to be kept with little work a reading.

It takes only what is beyond doubt. Whatever looks unusual goes the thorough way (`sent_readings`), which looks at each
reading by itself and says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated
from unicodedata import is_normalized

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ioc.contract.readings import Quality
from ioc.contract.rights import Principal
from ioc.host.sent_readings import KIND, MAX_BATCH, MAX_WORD, OLDEST
from ioc.store.observations import Stored, owner_of

Word = Annotated[str, Meta(min_length=1, max_length=MAX_WORD)]
KINDS_KNOWN = 10_000
AHEAD = timedelta(days=1)  # what is further ahead is no everyday mistake of a clock

# Quotation marks of a reading: two around each of six names and of five texts, and four more where quality is given.
QUOTES = 22
QUOTES_OF_QUALITY = 4
DELETE = b"\x7f"  # the one ASCII character that JSON allows in a text and nobody can see


class Quick(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """A reading as sent, its time already read."""

    id: Word
    kind: Word
    key: Word
    value: float
    unit: Annotated[str, Meta(max_length=MAX_WORD)]
    at: Annotated[datetime, Meta(tz=True)]
    quality: Quality | UnsetType = UNSET


_decode = msgspec.json.Decoder(list[Quick] | Quick).decode


class QuickReadings:
    """Takes batches of a city's owners; remembers which kinds are good ones."""

    def __init__(self, owners: frozenset[str]) -> None:
        self._owners = owners
        self._good: set[str] = set()

    def take(self, body: bytes, principal: Principal, now: datetime) -> list[Stored] | None:
        """The readings of a body, ready to be kept; None when it needs a closer look."""
        try:
            found = _decode(body)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return None
        sent = found if isinstance(found, list) else [found]
        if not 1 <= len(sent) <= MAX_BATCH or not _plain(body, sent):
            return None
        if not self._taken({one.kind for one in sent}, principal):
            return None
        times = [one.at for one in sent]
        if min(times) < now - OLDEST or max(times) > now + AHEAD:
            return None
        if any([at.tzinfo is not UTC for at in times]):
            times = [at.astimezone(UTC) for at in times]
        simulated = principal.simulated
        return [
            Stored(one.kind, one.key, one.value, one.unit, at, one.quality or "good", simulated, one.id)
            for one, at in zip(sent, times, strict=True)
        ]

    def _taken(self, kinds: set[str], principal: Principal) -> bool:
        if not kinds <= self._good:
            if not all(KIND.fullmatch(kind) and owner_of(kind) in self._owners for kind in kinds):
                return False
            if len(self._good) > KINDS_KNOWN:
                self._good.clear()
            self._good |= kinds
        return not principal.modules or {owner_of(kind) for kind in kinds} <= principal.modules


def _plain(body: bytes, sent: Sequence[Quick]) -> bool:
    """Whether nothing is escaped, no name stands twice in one object, no id twice in the batch, and every text can be
    shown as it is.

    Without escapes every quotation mark belongs to a name or a text, so a name given twice shows in their number.
    """
    given = len(sent) - [one.quality for one in sent].count(UNSET)
    if b"\\" in body or body.count(b'"') != QUOTES * len(sent) + QUOTES_OF_QUALITY * given:
        return False
    ids = {one.id for one in sent}
    return len(ids) == len(sent) and (_is_printable_ascii(body) or _can_be_shown(ids, sent))


def _is_printable_ascii(body: bytes) -> bool:
    """Whether all its texts are, since JSON has no control characters in a text; such a text is in NFC too."""
    return body.isascii() and DELETE not in body


def _can_be_shown(ids: set[str], sent: Sequence[Quick]) -> bool:
    texts = "".join(ids | {one.key for one in sent} | {one.unit for one in sent})
    return texts.isprintable() and is_normalized("NFC", texts)
