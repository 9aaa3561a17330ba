"""The judge: knows the clients' log, the database and what screens were told, and nothing of the product's code."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.chaos.client_log import ClientLog, Sent, Try
from tests.chaos.database import OPENED, TAKEN, Facts, LoggedEvent

MADE, BOOKED = "ledger.entry.made", "ledger.entry.booked"
RECEIVED, CALLED, UPDATED = "citizen.report.received", "emergency.call.received", "citizen.report.updated"
LEDGER, METER = "module:ledger", "module:ledger:readings"
HARMFUL = frozenset({"raise", "hang", "deaf", "stall", "endless", "freeze", "kill"})
GOOD_STATUS = frozenset({409, 429, 503, 507})  # besides 2xx; 409: the operator's case was changed meanwhile

INVARIANTS = {
    "I1": "every acknowledged request is in the database once",
    "I2": "every acknowledged request has its effect exactly once",
    "I3": "what was not answered is there at most once; a repeat is answered alike",
    "I4": "positions have no hole; for each key the applied position strictly rises",
    "I5": "a screen that goes on saw every permitted event since its upto, in order, once",
    "I6": "no screen was told what it may not see",
    "I7": "handled + dead letters + still queued = accepted",
    "I8": "the audit chain is whole, one line for each action",
    "I9": "back to steady state within the limit",
    "I10": "memory after the fault within the limit",
    "I11": "doors answer 2xx, 409, 429 or 503 with Retry-After, never another 5xx",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One invariant that does not hold, and where it shows."""

    invariant: str
    what: str

    def __str__(self) -> str:
        return f"{self.invariant}: {self.what}"


def judge(log: ClientLog, facts: Facts) -> list[Finding]:
    """I1-I4, I7, I8 and I11; those of the feed are `feed_checker`'s."""
    return [
        *_requests(log, facts),
        *_order(facts),
        *_counted(log, facts),
        *_audited(log, facts),
        *_answers(log),
    ]


def _requests(log: ClientLog, facts: Facts) -> Iterator[Finding]:
    yield from _entries(log.of("entry"), facts)
    yield from _sheets(log.of("sheet"), facts)
    yield from _stories(log.of("report"), facts, RECEIVED)
    yield from _stories(log.of("call"), facts, CALLED)
    for sent in log.of("report"):
        if sent.ok and facts.reports[sent.id] != 1:
            yield Finding("I1", f"report {sent.id} is {facts.reports[sent.id]} times in its table")
        if sent.ok and facts.photos[sent.id] != int(sent.facts["photo"]):
            yield Finding("I1", f"report {sent.id} has {facts.photos[sent.id]} pictures, was sent with {sent.facts}")
    yield from _nothing_unheard_of(log, facts)
    yield from _readings(log.of("readings"), facts)
    yield from _actions(log.of("action"), facts)


def _entries(sent: Sequence[Sent], facts: Facts) -> Iterator[Finding]:
    made, booked_events = facts.by_entry(MADE), facts.by_entry(BOOKED)
    booked = Counter(entry for _, entry, _, _ in facts.bookings)
    opened = facts.by_correlation(OPENED)
    for one in sent:
        yield from _once(one, "I1", "events", made[one.key])
        harmless = one.facts["poison"] not in HARMFUL
        for what, count in (("bookings", booked[one.key]), ("events that tell of it", booked_events[one.key])):
            if harmless:
                yield from _once(one, "I2", what, count)
            elif count:
                yield Finding("I2", f"poisonous {one.key} has {count} {what}")
        if one.facts["desk"] and not one.facts["poison"]:
            yield from _once(one, "I2", "cases", facts.incidents[one.key])
            yield from _once(one, "I2", "openings", opened[one.key])


def _sheets(sent: Sequence[Sent], facts: Facts) -> Iterator[Finding]:
    """Each line of a sheet as if it had come alone."""
    made, told = facts.by_entry(MADE), facts.by_entry(BOOKED)
    booked = Counter(entry for _, entry, _, _ in facts.bookings)
    for one in sent:
        for entry in one.facts["entries"]:
            yield from _once(one, "I1", f"events of {entry}", made[entry])
            yield from _once(one, "I2", f"bookings of {entry}", booked[entry])
            yield from _once(one, "I2", f"events that tell of {entry}", told[entry])


def _stories(sent: Sequence[Sent], facts: Facts, kind: str) -> Iterator[Finding]:
    """Reports and calls: only the acknowledged have an id the client knows."""
    begun, opened = facts.by_correlation(kind), facts.by_correlation(OPENED)
    for one in sent:
        if one.ok:
            yield from _once(one, "I1", f"events {kind}", begun[one.id])
            yield from _once(one, "I2", "cases", facts.incidents[one.id])
            yield from _once(one, "I2", "openings", opened[one.id])


def _nothing_unheard_of(log: ClientLog, facts: Facts) -> Iterator[Finding]:
    """Of requests without an answer at most one thing each came to be."""
    for kind, type_ in (("report", RECEIVED), ("call", CALLED)):
        sent = log.of(kind)
        known = {one.id for one in sent if one.ok}
        open_ = sum(one.unknown for one in sent)
        others = [one for one in facts.events if one.type == type_ and one.correlation not in known]
        if len(others) > open_:
            yield Finding("I3", f"{len(others)} {kind}s nobody was told of, but only {open_} were not answered")
    ids = [one.id for one in log.sent if one.ok and one.kind in ("report", "call")]
    if len(set(ids)) != len(ids):
        yield Finding("I3", "two requests were given one id")


def _readings(sent: Sequence[Sent], facts: Facts) -> Iterator[Finding]:
    metered = Counter(reading for _, reading, _ in facts.metered)
    for one in sent:
        for reading in one.facts["ids"]:
            yield from _once(one, "I1", f"times {reading} kept", facts.readings[reading])
            if reading not in one.facts["harmful"]:
                yield from _once(one, "I2", f"times {reading} metered", metered[reading])
            elif metered[reading]:
                yield Finding("I2", f"harmful {reading} was metered")
    kept = len(facts.readings)
    if facts.points != kept:
        yield Finding("I2", f"{facts.points} points of series for {kept} readings kept")


def _actions(sent: Sequence[Sent], facts: Facts) -> Iterator[Finding]:
    taken = {one.correlation: one for one in facts.events if one.type == TAKEN}
    counts, told = facts.by_correlation(TAKEN), facts.by_cause(UPDATED)
    for correlation, tries in _by_story(sent).items():
        done = any(one.ok for one in tries)
        if counts[correlation] > 1 or (done and not counts[correlation]):
            yield Finding("I1", f"case {correlation} was taken {counts[correlation]} times")
        event = taken.get(correlation)
        if event is not None and (told[event.id] != 1 or facts.steps[f"{correlation}:{event.id}"] != 1):
            steps = facts.steps[f"{correlation}:{event.id}"]
            yield Finding("I2", f"taking {correlation} moved its report {told[event.id]} times ({steps} steps)")


def _by_story(sent: Sequence[Sent]) -> Mapping[str, list[Sent]]:
    found: dict[str, list[Sent]] = defaultdict(list)
    for one in sent:
        found[one.facts["correlation"]].append(one)
    return found


def _once(sent: Sent, invariant: str, what: str, count: int) -> Iterator[Finding]:
    if sent.ok and count != 1:
        yield Finding(invariant, f"{sent.key} was acknowledged; {what}: {count}")
    elif not sent.ok and count > 1:
        yield Finding("I3", f"{sent.key} was not answered; {what}: {count}")
    elif not sent.ok and count and not sent.unknown:
        yield Finding("I3", f"{sent.key} was refused; {what}: {count}")


def _order(facts: Facts) -> Iterator[Finding]:
    positions = [one.position for one in facts.events]
    if positions != list(range(1, len(positions) + 1)):
        hole = next(n for n, position in enumerate(positions, 1) if n != position)
        yield Finding("I4", f"the log has no position {hole}")
    last: dict[str, tuple[int, int]] = {}
    for account, entry, position, balance in facts.bookings:
        before, count = last.get(account, (0, 0))
        if position <= before:
            yield Finding("I4", f"{account}: {entry} at {position} was applied after {before}")
        if balance != count + 1:
            yield Finding("I4", f"{account}: entry {entry} made the balance {balance} after {count}")
        last[account] = (position, balance)
    counts: dict[str, int] = {}
    for meter, reading, count in facts.metered:
        if count != counts.get(meter, 0) + 1:
            yield Finding("I4", f"{meter}: {reading} counted {count} after {counts.get(meter, 0)}")
        counts[meter] = count


def _counted(log: ClientLog, facts: Facts) -> Iterator[Finding]:
    booked = {entry for _, entry, _, _ in facts.bookings}
    harmful = {one.key for one in log.of("entry") if one.facts["poison"] in HARMFUL}
    at = facts.cursors.get(LEDGER, 0)
    for entry, positions in facts.positions_of(MADE).items():
        for position in positions:
            buried = facts.dead.get((LEDGER, position))
            if (entry in booked) == bool(buried):
                queued = position > at and not buried and entry not in booked
                yield Finding("I7", f"{entry} at {position} is {'still queued' if queued else 'nowhere or twice'}")
            elif buried and entry not in harmful and not _behind_poison(buried):
                yield Finding("I7", f"harmless {entry} at {position} is a dead letter")
    yield from _set_aside(log, facts)
    for (consumer, position), kind in facts.dead.items():
        if consumer not in (LEDGER, METER):
            yield Finding("I7", f"{consumer} has a dead letter ({kind}) at {position}")


def _set_aside(log: ClientLog, facts: Facts) -> Iterator[Finding]:
    """Harmful readings are dead letters, each once, and no others are."""
    harmful = {reading for one in log.of("readings") if one.ok for reading in one.facts["harmful"]}
    perhaps = {reading for one in log.of("readings") for reading in one.facts["harmful"]}
    for reading in harmful | set(facts.buried):
        count = facts.buried[reading]
        if count != 1 or reading not in perhaps:
            yield Finding("I7", f"reading {reading} is {count} times a dead letter")


def _behind_poison(kind: str) -> bool:
    return kind == "parked"


def _audited(log: ClientLog, facts: Facts) -> Iterator[Finding]:
    numbers = [seq for seq, _, _ in facts.audit]
    if numbers != list(range(1, len(numbers) + 1)):
        yield Finding("I8", "the numbers of the audit chain have a hole")
    lines = Counter(object_ for _, action, object_ in facts.audit if action == "incident.take")
    for one in log.of("action"):
        if one.ok and lines[one.id] != 1:
            yield Finding("I8", f"taking {one.id} has {lines[one.id]} lines in the audit chain")


def _answers(log: ClientLog) -> Iterator[Finding]:
    for one in log.sent:
        told = {attempt.answer for attempt in one.tries if attempt.outcome == "ok"}
        if len(told) > 1:
            yield Finding("I3", f"{one.key} was answered in {len(told)} ways")
        for attempt in one.tries:
            good = 200 <= attempt.status < 300 or attempt.status in GOOD_STATUS or _signed_out(one, attempt)
            if (attempt.status and not good) or (attempt.status == 503 and not attempt.retry_after):
                yield Finding("I11", f"{one.key} was answered {attempt.status}, retry-after {attempt.retry_after}")


def _signed_out(sent: Sent, attempt: Try) -> bool:
    """A person's session ends by the clock, and a wrong one ends it early."""
    return sent.kind == "action" and attempt.status == 401


def permitted(events: Sequence[LoggedEvent], classes: frozenset[str]) -> list[tuple[int, str]]:
    """Positions and ids of what somebody who sees these classes of data may be told."""
    return [(one.position, one.id) for one in events if one.data_class in classes]
