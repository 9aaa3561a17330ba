"""What no module may hand on as a reading, whoever sent it."""

from __future__ import annotations

from math import isfinite

from ioc.contract import BadReading, Observation
from ioc.core.clock import parse_time, to_utc
from ioc.host.sent_readings import MAX_WORD, is_word

MOST_WHOLE = 2**63  # a whole number beyond is no reading, and could not be kept


LAST_YEAR = 2200  # a time beyond it is rubbish, and the calendar ends before the time zones do
FIRST_YEAR = 1900


def check_reading(observation: Observation, owner: str) -> None:
    """Refuses what no rule can judge, and what is not the owner's to say. Modules pass on what strangers sent them:
    nothing is taken for granted, not even the types.

    Raises:
        BadReading: a word is none, the kind is another owner's, the value is no finite number, or the time has no zone.
    """
    for name, text in (("kind", observation.kind), ("key", observation.key), ("unit", observation.unit)):
        if not isinstance(text, str) or not is_word(text, least=name != "unit"):
            raise BadReading(f"the {name} is no text of at most {MAX_WORD} characters")
    what = f"{observation.kind} {observation.key}"
    if observation.kind.partition(".")[0] != owner:
        raise BadReading(f"{what}: the kind does not belong to {owner}")
    if not _finite(observation.value):
        raise BadReading(f"{what}: the value is no finite number")
    try:
        at = parse_time(observation.at) if isinstance(observation.at, str) else to_utc(observation.at)
        if not FIRST_YEAR <= at.year <= LAST_YEAR:
            raise ValueError("the time is no time of ours")
    except (ValueError, TypeError, AttributeError) as error:
        raise BadReading(f"{what}: {str(error)[:MAX_WORD]}") from error


def _finite(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return -MOST_WHOLE < value < MOST_WHOLE if isinstance(value, int) else isfinite(value)
