"""The city's numbers, as the module's rules take them. Every one is a dated threshold `media.*`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from modules.media import burst, crisis, shelf, verdict


class Thresholds(Protocol):
    """What reads a threshold of the city."""

    def threshold(self, name: str, at: datetime) -> float:
        """Its value on that day."""
        ...


def clock_ahead(city: Thresholds, now: datetime) -> timedelta:
    """How far a sender's clock may run ahead."""
    return timedelta(seconds=city.threshold("media.clock_ahead_s", now))


class Gathering(msgspec.Struct, frozen=True, kw_only=True):
    """When items are one story, and when a story is said."""

    shelf: shelf.Rule
    case: verdict.CaseRule
    evidence: verdict.EvidenceRule
    voices: verdict.Voices
    said_within: timedelta
    social_posts: int
    social_authors: int


def gathering(city: Thresholds, now: datetime) -> Gathering:
    """The numbers in force now."""

    def number(name: str) -> float:
        return city.threshold(f"media.{name}", now)

    def hours(name: str) -> timedelta:
        return timedelta(hours=number(name))

    return Gathering(
        shelf=shelf.Rule(
            bits=int(number("simhash_bits")),
            cosine=number("cosine"),
            window=hours("window_hours"),
            same_place=hours("same_place_hours"),
            social=timedelta(minutes=number("social_join_minutes")),
        ),
        case=verdict.CaseRule(number("case_within_m"), hours("case_within_hours")),
        evidence=verdict.EvidenceRule(
            fresh=timedelta(minutes=number("evidence_fresh_minutes")),
            near_m=number("evidence_near_m"),
            readings=int(number("evidence_readings")),
            flowing=number("evidence_flowing_share"),
        ),
        voices=verdict.Voices(
            hint_authors=int(number("hint_authors")),
            rumour_authors=int(number("rumour_authors")),
            beyond_doubt_tier=int(number("beyond_doubt_tier")),
            recent=hours("hint_recent_hours"),
        ),
        said_within=hours("story_max_age_hours"),
        social_posts=int(number("social_story_posts")),
        social_authors=int(number("social_story_authors")),
    )


class Bursting(msgspec.Struct, frozen=True, kw_only=True):
    """When a topic bursts, and what makes it an alert or a crisis."""

    rule: burst.Rule
    batch: timedelta
    window: timedelta
    quiet: timedelta
    gap: timedelta
    growth: timedelta
    posts: int
    authors: int
    weight: float
    bands: crisis.Limits
    reach_per_reaction: float
    reach_per_article: float


def bursting(city: Thresholds, now: datetime) -> Bursting:
    """The numbers in force now."""

    def number(name: str) -> float:
        return city.threshold(f"media.{name}", now)

    return Bursting(
        rule=burst.Rule(
            s=number("burst_s"),
            gamma=number("burst_gamma"),
            prior_share=number("burst_prior_share"),
            prior_posts=number("burst_prior_posts"),
        ),
        batch=timedelta(minutes=number("burst_batch_minutes")),
        window=timedelta(hours=number("burst_window_hours")),
        quiet=timedelta(minutes=number("burst_quiet_minutes")),
        gap=timedelta(minutes=number("burst_gap_minutes")),
        growth=timedelta(minutes=number("growth_minutes")),
        posts=int(number("burst_min_posts")),
        authors=int(number("burst_min_authors")),
        weight=number("burst_min_weight"),
        bands=crisis.Limits(number("crisis_watch"), number("crisis_alert"), number("crisis_crisis")),
        reach_per_reaction=number("reach_per_reaction"),
        reach_per_article=number("reach_per_article"),
    )
