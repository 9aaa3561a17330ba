"""The judge itself: of a good run it says nothing, and each thing that may go wrong it names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.chaos.checker import BOOKED, CALLED, LEDGER, MADE, METER, RECEIVED, UPDATED, judge
from tests.chaos.client_log import ClientLog, Outcome, Try
from tests.chaos.database import OPENED, TAKEN, Facts, LoggedEvent
from tests.chaos.feed_checker import judge_screens
from tests.chaos.screens import Connection, Screen


def tried(outcome: Outcome = "ok", status: int = 201, answer: str = "a") -> Try:
    return Try(outcome, status, 0.0, 0.1, answer, retry_after=True)


def an_event(position: int, kind: str, story: str = "", **more: str) -> LoggedEvent:
    plain = {"data_class": "internal", "module": kind.partition(".")[0], "causation": "", "entry": ""}
    return LoggedEvent(position, f"e{position}", kind, story, **(plain | more))


def a_good_run() -> tuple[ClientLog, Facts]:
    """One entry that became a case, one poisonous one, a report that was taken, a call, and a batch of readings."""
    log = ClientLog()
    for kind, key, name, facts in (
        ("entry", "k1", "k1", {"poison": "", "desk": True}),
        ("entry", "k2", "k2", {"poison": "raise", "desk": False}),
        ("report", "k3", "R", {"photo": True}),
        ("call", "k4", "C", {}),
        ("readings", "k5", "k5", {"ids": ["r1", "r2", "r3"], "harmful": ["r3"]}),
        ("action", "k6", "case-R", {"correlation": "R"}),
    ):
        sent = log.begin(kind, key, **facts)
        sent.tries.append(tried())
        sent.id = name
    facts_ = Facts(
        events=[
            an_event(1, MADE, "k1", entry="k1"),
            an_event(2, MADE, "k2", entry="k2"),
            an_event(3, RECEIVED, "R"),
            an_event(4, CALLED, "C", data_class="personal"),
            an_event(5, OPENED, "k1"),
            an_event(6, OPENED, "R"),
            an_event(7, OPENED, "C"),
            an_event(8, BOOKED, "k1", entry="k1", causation="e1"),
            an_event(9, TAKEN, "R"),
            an_event(10, UPDATED, "R", causation="e9"),
        ],
        bookings=[("a", "k1", 1, 1)],
        metered=[("m1", "r1", 1), ("m2", "r2", 1)],
        readings=Counter(["r1", "r2", "r3"]),
        points=3,
        reports=Counter(["R"]),
        photos=Counter(["R"]),
        steps=Counter(["R:e9"]),
        incidents=Counter(["k1", "R", "C"]),
        dead={(LEDGER, 2): "buried", (METER, 1): "reading"},
        buried=Counter(["r3"]),
        cursors={LEDGER: 10},
        audit=[(1, "sign-in", ""), (2, "incident.take", "case-R")],
    )
    return log, facts_


def invariants(log: ClientLog, facts: Facts) -> set[str]:
    return {one.invariant for one in judge(log, facts)}


def test_a_good_run_is_good():
    assert judge(*a_good_run()) == []


def _lose(kind: str) -> Callable[[ClientLog, Facts], None]:
    def lose(_log: ClientLog, facts: Facts) -> None:
        kept = [one for one in facts.events if one.type != kind]
        facts.events = [replace(one, position=number) for number, one in enumerate(kept, 1)]

    return lose


def _double(kind: str) -> Callable[[ClientLog, Facts], None]:
    def double(_log: ClientLog, facts: Facts) -> None:
        one = next(one for one in facts.events if one.type == kind)
        facts.events.append(replace(one, position=facts.head + 1, id="again"))

    return double


def _set(what: Callable[[ClientLog, Facts], object]) -> Callable[[ClientLog, Facts], None]:
    def change(log: ClientLog, facts: Facts) -> None:
        what(log, facts)

    return change


def _unanswered(log: ClientLog) -> None:
    log.of("report")[0].tries[:] = [tried("refused", 422)]


WRONG = {
    "an acknowledged entry is not in the log": (_lose(MADE), "I1"),
    "an acknowledged report is not in the log": (_lose(RECEIVED), "I1"),
    "a report has no row": (_set(lambda _, facts: facts.reports.clear()), "I1"),
    "a report lost its picture": (_set(lambda _, facts: facts.photos.clear()), "I1"),
    "a reading was not kept": (_set(lambda _, facts: facts.readings.pop("r1")), "I1"),
    "an entry is there twice": (_double(MADE), "I1"),
    "a case was never opened": (_lose(OPENED), "I2"),
    "a case was opened twice": (_double(OPENED), "I2"),
    "an entry was not booked": (_set(lambda _, facts: facts.bookings.clear()), "I2"),
    "an entry was booked twice": (_set(lambda _, facts: facts.bookings.append(("a", "k1", 1, 2))), "I2"),
    "a reading was metered twice": (_set(lambda _, facts: facts.metered.append(("m1", "r1", 2))), "I2"),
    "a point of a series is missing": (_set(lambda _, facts: setattr(facts, "points", 1)), "I2"),
    "a report did not move with its case": (_lose(UPDATED), "I2"),
    "a report that was refused is there": (_set(lambda log, _: _unanswered(log)), "I3"),
    "a repeat was answered otherwise": (_set(lambda log, _: log.sent[0].tries.append(tried(answer="b"))), "I3"),
    "the log has a hole": (_set(lambda _, facts: facts.events.pop(3)), "I4"),
    "an older entry was applied later": (
        _set(lambda _, facts: facts.bookings.insert(0, ("a", "k9", 4, 0))),
        "I4",
    ),
    "a state was not saved with its effect": (_set(lambda _, facts: facts.bookings.append(("a", "x", 9, 1))), "I4"),
    "poison is no dead letter": (_set(lambda _, facts: facts.dead.clear()), "I7"),
    "a harmful reading is no dead letter": (_set(lambda _, facts: facts.buried.clear()), "I7"),
    "a harmful reading was handled": (_set(lambda _, facts: facts.metered.append(("m3", "r3", 1))), "I2"),
    "a good reading is a dead letter": (_set(lambda _, facts: facts.buried.update(["r1"])), "I7"),
    "a good entry is a dead letter": (_set(lambda _, facts: facts.dead.update({(LEDGER, 1): "buried"})), "I7"),
    "the desk has a dead letter": (_set(lambda _, facts: facts.dead.update({("desk", 3): "buried"})), "I7"),
    "a line of the audit chain is gone": (_set(lambda _, facts: facts.audit.pop(0)), "I8"),
    "an action left no line": (_set(lambda _, facts: facts.audit.pop()), "I8"),
    "a door answered 500": (_set(lambda log, _: log.sent[0].tries.append(tried("refused", 500))), "I11"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_named(name: str):
    log, facts = a_good_run()
    change, expected = WRONG[name]
    change(log, facts)
    assert expected in invariants(log, facts)


@pytest.mark.parametrize(
    ("made", "booked", "expected"),
    [
        (("b1", "b2"), ("b1", "b2"), set()),
        (("b1",), ("b1",), {"I1", "I2"}),
        (("b1", "b2"), ("b1",), {"I2", "I7"}),
        (("b1", "b2"), ("b1", "b2", "b2"), {"I2"}),
    ],
    ids=["whole", "a line is not in the log", "a line was not booked", "a line was booked twice"],
)
def test_every_line_of_a_sheet_counts(made: tuple[str, ...], booked: tuple[str, ...], expected: set[str]):
    log, facts = a_good_run()
    log.begin("sheet", "b", entries=["b1", "b2"]).tries.append(tried())
    for entry in made:
        facts.events.append(an_event(facts.head + 1, MADE, entry, entry=entry))
    for entry in booked:
        facts.events.append(an_event(facts.head + 1, BOOKED, entry, entry=entry))
        facts.bookings.append(("b", entry, facts.head, 1 + sum(one[0] == "b" for one in facts.bookings)))
    assert invariants(log, facts) == expected


def a_screen(told: Connection) -> Screen:
    screen = Screen.__new__(Screen)
    screen.number, screen.connections = 0, [told]
    return screen


def wall_events(facts: Facts, after: int) -> list[tuple[int, str]]:
    return [(one.position, one.id) for one in facts.events if one.data_class == "internal" and one.position > after]


def of_screen(told: Connection, facts: Facts) -> set[str]:
    return {one.invariant for one in judge_screens([a_screen(told)], facts)}


def test_a_screen_that_was_told_everything_is_content():
    _, facts = a_good_run()
    seen = wall_events(facts, 2)
    assert of_screen(Connection(True, 2, 2, seen=seen, beats=[(5, 2), (10, len(seen))]), facts) == set()
    late = Connection(False, None, 8, seen=seen[-2:], snapshot={"e1"}, beats=[(10, 2)])
    assert of_screen(late, facts) == set()


def test_a_snapshot_is_of_the_moment_it_was_taken():
    facts = Facts(events=[an_event(n, MADE) for n in range(1, 301)])
    told = Connection(False, None, 1, snapshot={f"e{n}" for n in range(151, 251)}, seen=wall_events(facts, 250))
    told.beats = [(250, 0), (300, 50)]
    assert of_screen(told, facts) == set()
    told.snapshot.discard("e200")
    assert of_screen(told, facts) == {"I5"}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (lambda seen: Connection(True, 2, 2, seen=seen[1:], beats=[(10, 6)]), "I5"),
        (lambda seen: Connection(True, 2, 2, seen=seen, beats=[(7, 1)]), "I5"),
        (lambda seen: Connection(True, 2, 2, seen=[seen[1], seen[0], *seen[2:]], beats=[(10, 7)]), "I5"),
        (lambda seen: Connection(True, 2, 2, seen=[seen[0], *seen], beats=[(10, 8)]), "I5"),
        (lambda seen: Connection(True, 2, 4, seen=seen[1:], beats=[(10, 6)]), "I5"),
        (lambda seen: Connection(True, 2, 2, seen=[seen[0], (4, "e4"), *seen[1:]], beats=[(10, 8)]), "I6"),
        (lambda seen: Connection(True, 2, 2, seen=[*seen[:-1], (10, "nobody's")], beats=[(9, 6)]), "I6"),
    ],
    ids=["the first is missing", "upto too high", "out of order", "twice", "from elsewhere", "secret", "invented"],
)
def test_a_screen_that_was_told_wrongly_is_found(told, expected):
    _, facts = a_good_run()
    assert expected in of_screen(told(wall_events(facts, 2)), facts)
