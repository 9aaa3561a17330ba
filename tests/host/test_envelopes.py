"""From what a module says to what is stored: place, title, and what is inherited from the cause."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ioc.contract import Attach, Desk, Event
from ioc.core.errors import Problem
from ioc.core.place import Place, WardRef
from ioc.core.text import Text
from ioc.host.discovery import EventTitle, Manifest, ModuleSpec
from ioc.host.envelopes import Origin, envelope_of
from tests.events import an_event

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
WARD = WardRef("14797", "Phường Hạc Thành", date(2025, 7, 1), approximate=True)


class TooLoud(Event, type="noise.limit.exceeded", severity=2, key="station"):
    """A test event."""

    station: str
    level_db: float


def spec() -> ModuleSpec:
    titles = {"noise.limit.exceeded": EventTitle("Ồn {level_db} dB tại {station}", "{level_db} dB at {station}")}
    manifest = Manifest("noise", "Tiếng ồn", "Noise", "0.1.0", "test", titles)
    return ModuleSpec(manifest, "modules.noise", Path())


def locate(lon: float, lat: float, at: datetime) -> Place:
    return Place(lon, lat, WARD, "chợ Vườn Hoa")


def origin(**more: object) -> Origin:
    return Origin(city="thanh-hoa", spec=spec(), now=NOW, **more)  # type: ignore[arg-type]


def test_a_point_gets_its_ward_and_the_title_its_values():
    made = envelope_of(TooLoud(station="K1", level_db=81.5, place=Place(105.77, 19.8)), origin(), locate)
    assert made.data["title"]["vi"] == "Ồn 81.5 dB tại K1"
    assert made.data["ward"]["code"] == "14797"
    assert made.data["place"] == "chợ Vườn Hoa"
    assert (made.lonlat, made.severity, made.partitionkey) == ((105.77, 19.8), 2, "K1")
    assert "severity" not in made.data


@pytest.mark.parametrize("long", ["key", "correlation"])
def test_a_name_that_no_index_takes_is_refused_before_it_is_stored(long: str):
    names = {"key": "K1", "correlation": "s", long: "phường " * 112}  # 1,120 bytes
    said = TooLoud(station=names["key"], level_db=80, correlation=names["correlation"])
    with pytest.raises(Problem) as refused:
        envelope_of(said, origin(), locate)
    assert (refused.value.code, refused.value.status) == ("name-too-long", 422)


def test_a_name_in_two_spellings_of_unicode_is_one_key():
    names = [unicodedata.normalize(form, "Phường Hạc Thành") for form in ("NFC", "NFD")]
    made = [envelope_of(TooLoud(station=one, level_db=80, correlation=one), origin(), locate) for one in names]
    assert {(one.partitionkey, one.subject, one.correlationid) for one in made} == {(names[0],) * 3}


def test_a_derived_event_belongs_to_the_story_of_its_cause():
    cause = an_event(correlationid="story-7", simulated=True, exercise=True)
    made = envelope_of(TooLoud(station="K1", level_db=80), origin(cause=cause), locate)
    assert (made.correlationid, made.causationid) == ("story-7", cause.id)
    assert made.simulated
    assert made.exercise


def test_an_event_may_be_worse_than_its_kind_and_ask_for_the_desk():
    desk = Desk(kind="event", priority=1, title=Text("Rất ồn", "Very loud"), category="noise")
    said = TooLoud(station="K1", level_db=120, severity=5, desk=desk, attach=Attach(facts={"peak": 120}))
    made = envelope_of(said, origin(), locate)
    assert made.severity == 5
    assert made.data["desk"]["priority"] == 1
    assert made.data["attach"]["facts"] == {"peak": 120}
    assert made.data["title"]["vi"] == "Rất ồn"
