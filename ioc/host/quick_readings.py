"""The quick way in for readings: a batch is decoded, checked and made ready to be kept with little work a reading.

It takes only what is beyond doubt. Whatever looks unusual goes the thorough way (`sent_readings`), which looks at each
reading by itself and says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import repeat
from typing import Annotated, NamedTuple
from unicodedata import is_normalized

import msgspec
from msgspec import UNSET, Meta, UnsetType
from msgspec.structs import astuple

from ioc.contract.readings import Quality
from ioc.contract.rights import Principal
from ioc.host.key_share import KeyShare
from ioc.host.reading_owners import may_send
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


class Columns(NamedTuple):
    """The readings of a batch, field by field in the order of `Quick`: so that most of the work is done at once."""

    ids: tuple[str, ...]
    kinds: tuple[str, ...]
    keys: tuple[str, ...]
    values: tuple[float, ...]
    units: tuple[str, ...]
    times: tuple[datetime, ...]
    qualities: tuple[Quality | UnsetType, ...]


_decode = msgspec.json.Decoder(list[Quick] | Quick).decode


class QuickReadings:
    """Takes batches of a city's owners; remembers which kinds are good ones."""

    def __init__(self, owners: frozenset[str], share: KeyShare | None = None) -> None:
        self._owners = owners
        self._share = share or KeyShare()
        self._good: set[str] = set()

    def take(self, body: bytes, principal: Principal, now: datetime) -> list[Stored] | None:
        """The readings of a body, ready to be kept; None when it needs a closer look."""
        try:
            found = _decode(body)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return None
        sent = found if isinstance(found, list) else [found]
        if not 1 <= len(sent) <= MAX_BATCH:
            return None
        columns = Columns(*zip(*map(astuple, sent), strict=True))
        if not _plain(body, columns) or not self._taken(set(columns.kinds), principal):
            return None
        if not _near(columns.times, now):
            return None
        names = set(zip(columns.kinds, columns.keys, strict=True))
        if not self._share.takes(principal.id, names, now.toordinal()):
            return None
        return _stored(columns, principal.simulated)

    def _taken(self, kinds: set[str], principal: Principal) -> bool:
        if not kinds <= self._good:
            if not all(KIND.fullmatch(kind) and owner_of(kind) in self._owners for kind in kinds):
                return False
            if len(self._good) > KINDS_KNOWN:
                self._good.clear()
            self._good |= kinds
        return all(may_send(principal, owner) for owner in {owner_of(kind) for kind in kinds})


def _plain(body: bytes, sent: Columns) -> bool:
    """Whether nothing is escaped, no name stands twice in one object, no id twice in the batch, and every text can be
    shown as it is.

    Without escapes every quotation mark belongs to a name or a text, so a name given twice shows in their number.
    """
    count = len(sent.ids)
    given = count - sent.qualities.count(UNSET)
    if b"\\" in body or body.count(b'"') != QUOTES * count + QUOTES_OF_QUALITY * given:
        return False
    return len(set(sent.ids)) == count and (_is_printable_ascii(body) or _can_be_shown(sent))


def _is_printable_ascii(body: bytes) -> bool:
    """Whether all its texts are, since JSON has no control characters in a text; such a text is in NFC too."""
    return body.isascii() and DELETE not in body


def _can_be_shown(sent: Columns) -> bool:
    texts = "".join({*sent.ids, *sent.keys, *sent.units})
    return texts.isprintable() and is_normalized("NFC", texts)


def _near(times: Sequence[datetime], now: datetime) -> bool:
    return min(times) >= now - OLDEST and max(times) <= now + AHEAD


def _stored(sent: Columns, simulated: bool) -> list[Stored]:
    times = sent.times if {at.tzinfo for at in sent.times} == {UTC} else [at.astimezone(UTC) for at in sent.times]
    qualities = [quality or "good" for quality in sent.qualities]
    return list(
        map(Stored, sent.kinds, sent.keys, sent.values, sent.units, times, qualities, repeat(simulated), sent.ids)
    )
