"""Priority P1-P4 of a call, with the rule that gave it and the reason a person is shown.

The most urgent rule that holds decides, whatever said it: a word of the narrative, a protocol answer, the kind the
operator chose, or the number dialled. What is told decides the kind. 112 is the general number, so a call to it goes
to the service the rules find; a call to 113, 114 or 115 stays there unless the operator says otherwise. A reason names
only our own words, never what the caller said.
"""

from __future__ import annotations

import msgspec

from ioc.core.text import Text
from modules.emergency.categories import CATEGORIES, Priority, Service
from modules.emergency.rules import ANSWER_RULES, DEFAULTS, VERSION, WORD_RULES, AnswerRule, WordRule
from modules.emergency.words import Phrasebook, Word, words


class Judgement(msgspec.Struct, frozen=True):
    """What the rules say of a call. `service` is the one it belongs to, whichever number was dialled."""

    priority: Priority
    category: str
    service: Service
    rule: str
    rule_version: str
    reason: Text


class Answer(msgspec.Struct, frozen=True):
    """One protocol answer: the question's code and `yes`, `no`, `unknown` or a number as text."""

    question: str
    answer: str


class _Match(msgspec.Struct, frozen=True):
    rule: WordRule
    said: tuple[str, ...]


def judge(
    *,
    dialled: Service,
    service: Service | None = None,
    category: str | None = None,
    narrative: str = "",
    answers: tuple[Answer, ...] = (),
) -> Judgement:
    """The priority of a call. `service` and `category` are what the operator chose, None where not chosen."""
    by_words = _by_words(words(narrative), service or dialled)
    found = [*by_words, *_by_answers(answers), *_by_category(category)] or [_by_default(service or dialled)]
    best = min(found, key=_urgency)
    told = min(by_words, key=_urgency, default=best)
    return msgspec.structs.replace(
        best, category=category or told.category, service=service or (best.service if dialled == "112" else dialled)
    )


def _urgency(judgement: Judgement) -> int:
    return judgement.priority


def _by_words(text: tuple[Word, ...], service: Service) -> list[Judgement]:
    said = _PHRASES.heard(text)
    matches = [match for rule in WORD_RULES if (match := _match(rule, said, service))]
    return [_of_words(match) for match in matches]


def _match(rule: WordRule, said: frozenset[str], service: Service) -> _Match | None:
    if rule.services and service not in rule.services:
        return None
    heard = [next((phrase for phrase in group if phrase in said), None) for group in rule.groups]
    return _Match(rule, tuple(phrase for phrase in heard if phrase)) if all(heard) else None


def _of_words(match: _Match) -> Judgement:
    said = " + ".join(f"“{phrase}”" for phrase in match.said)
    reason = Text(f"Lời kể có {said}", f"The narrative says {said}")
    return _judgement(match.rule.priority, match.rule.category, match.rule.id, reason)


def _by_answers(answers: tuple[Answer, ...]) -> list[Judgement]:
    return [
        _judgement(
            rule.priority,
            rule.category,
            rule.id,
            Text(f"Trả lời câu hỏi: {rule.reason.vi}", f"Protocol answer: {rule.reason.en}"),
        )
        for rule in ANSWER_RULES
        for one in answers
        if one.question == rule.question and _holds(rule, one.answer)
    ]


def _holds(rule: AnswerRule, answer: str) -> bool:
    if answer.strip().lower() in rule.answers:
        return True
    if rule.least is None:
        return False
    return answer.isdecimal() and len(answer) < 7 and int(answer) >= rule.least


def _by_category(category: str | None) -> list[Judgement]:
    if category is None:
        return []
    kind = CATEGORIES[category]
    reason = Text(f"Loại việc: {kind.name.vi}", f"Kind of call: {kind.name.en}")
    return [_judgement(kind.priority, category, f"P{kind.priority}-kind-{category}", reason)]


def _by_default(service: Service) -> Judgement:
    priority, category = DEFAULTS[service]
    reason = Text(f"Chưa rõ nội dung: mặc định của số {service}", f"Nothing known yet: the default of number {service}")
    return msgspec.structs.replace(
        _judgement(priority, category, f"P{priority}-default-{service}", reason), service=service
    )


def _judgement(priority: Priority, category: str, rule: str, reason: Text) -> Judgement:
    return Judgement(priority, category, CATEGORIES[category].service, rule, VERSION, reason)


_PHRASES = Phrasebook(phrase for rule in WORD_RULES for group in rule.groups for phrase in group)
