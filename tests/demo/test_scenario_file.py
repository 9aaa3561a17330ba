"""The language of stories: what is wrong is named, all of it; what is right is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from gis.layers import read_wards
from ioc.city.profile import City, load_city
from ioc.demo.scenario.checks import Known
from ioc.demo.scenario.model import CallStep, PlaceRow, PostsStep
from ioc.demo.scenario.reading import ScenarioInvalid, city_of, read_scenario
from tests.demo.conftest import ROOT

KNOWN = Known(frozenset({"traffic.incident.suspected", "source.silent"}), frozenset({"14797"}))

GOOD = """
id = "thu"
city = "thanh-hoa"
name = { vi = "Thử", en = "A try" }

[[place]]
id = "a"
detector = "d-cau-1"
metres_after = 25

[[place]]
id = "a"
detector = "d-quang-trung"

[[place]]
id = "b"
camera = "cam-03"

[[step]]
at_s = 5
do = "call"
place = "a"
service = "115"
text = "Tai nạn ở {road} {ward}"

[[step]]
at_s = 0
do = "posts"
place = "b"
texts = ["đông quá ở {place}"]
count = 3
over_s = 9

[[expect]]
event = "traffic.incident.suspected"
place = "a"
within_s = 60

[[may]]
event = "source.silent"
"""

STEP = '\n[[step]]\nat_s = 0\nplace = "a"\n'
BROKEN = {
    "line 3": ('city = "thanh-hoa"', "city = thanh-hoa"),
    "id": ('id = "thu"', 'code = "thu"'),
    "city": ('"thanh-hoa"', '"ky-anh"'),
    "name.en": (', en = "A try"', ""),
    "place[1].detector": ('"d-cau-1"', '"d-khong-co"'),
    "place[1].metres_after": ("metres_after = 25", 'metres_after = "xa"'),
    "place[3].camera": ('"cam-03"', '"cam-99"'),
    "place[3]": ('camera = "cam-03"', 'camera = "cam-03"\nward = "14797"'),
    "place[3].ward": ('camera = "cam-03"', 'ward = "99999"'),
    "place[3].lonlat": ('camera = "cam-03"', "lonlat = [19.8, 105.7]"),
    "place[3].share": ('camera = "cam-03"', 'segment = "tran-phu"\nshare = 1.5'),
    "step[1].at_s": ("at_s = 5", "at_s = -5"),
    "step[1].do": ('"call"', '"gọi"'),
    "step[1].place": ('place = "a"\nservice', 'place = "ở đâu"\nservice'),
    "step[1].service": ('"115"', '"118"'),
    "step[1].text": ("{road}", "{street}"),
    "step[1].loud": ('service = "115"', 'service = "115"\nloud = true'),
    "step[2].texts": ('["đông quá ở {place}"]', "[]"),
    "step[2].count": ("count = 3", "count = 0"),
    "step[2].over_s": ("over_s = 9", "over_s = 9e9"),
    "expect[1].event": ("traffic.incident.suspected", "traffic.incident.guessed"),
    "expect[1].within_s": ("within_s = 60", "within_s = 0"),
    "expect[1].place": ('place = "a"\nwithin', 'place = "c"\nwithin'),
    "may[1].event": ("source.silent", "source"),
    "step[3].share_left": ("\n[[expect]]", STEP + 'do = "block"\nfor_s = 9\nshare_left = 1.0\n\n[[expect]]'),
    "step[3].for_s": ("\n[[expect]]", STEP + 'do = "block"\nfor_s = 0\n\n[[expect]]'),
    "step[3].topic": (
        "\n[[expect]]",
        STEP.replace('"a"', '"b"') + 'do = "analytics"\nfor_s = 9\ntopic = "x"\n\n[[expect]]',
    ),
    "step[3].feed": ("\n[[expect]]", STEP + 'do = "press"\ntitle = "a"\ntext = "b"\nfeed = "c"\n\n[[expect]]'),
    "step[3].type": ("\n[[expect]]", STEP + 'do = "record"\ntype = "murder"\n\n[[expect]]'),
}
NEEDS = {
    "silence": "b",
    "stuck": "b",
    "block": "b",
    "gathering": "a",
    "intruder": "a",
    "camera_fault": "a",
    "analytics": "a",
}


def mistakes(text: str, city: City) -> dict[str, str]:
    with pytest.raises(ScenarioInvalid) as invalid:
        read_scenario(text, "thu.toml", city, KNOWN)
    assert all(one.text.vi and one.text.en and one.file == "thu.toml" for one in invalid.value.mistakes)
    return {one.field: one.text.vi for one in invalid.value.mistakes}


def test_a_good_file_is_read_in_the_order_of_time(city: City):
    story = read_scenario(GOOD, "thu.toml", city, KNOWN)
    assert [type(step) for step in story.steps] == [PostsStep, CallStep]
    assert story.length_s == 9
    assert story.places["a"] == (
        PlaceRow(id="a", detector="d-cau-1", metres_after=25),
        PlaceRow(id="a", detector="d-quang-trung"),
    )
    assert story.may == ("source.silent",)


@pytest.mark.parametrize("field", BROKEN)
def test_each_mistake_is_named_by_its_field(field: str, city: City):
    old, new = BROKEN[field]
    assert old in GOOD
    assert field in mistakes(GOOD.replace(old, new, 1), city)


def test_all_mistakes_are_named_at_once(city: City):
    text, planted = GOOD, set()
    for field, (old, new) in BROKEN.items():
        apart = field in ("line 3", "place[3]", "step[1].do") or field.startswith("step[3]")
        if not apart and old in text:  # a file that is no TOML, or a step of no kind, hides the rest of itself
            text = text.replace(old, new, 1)
            planted.add(field)
    assert len(planted) > 14
    assert planted <= set(mistakes(text, city))


@pytest.mark.parametrize("do", NEEDS)
def test_a_step_needs_a_place_that_fits_it(do: str, city: City):
    step = STEP.replace('"a"', f'"{NEEDS[do]}"') + f'do = "{do}"\nfor_s = 9\n'
    more = {"gathering": "people = 9\n", "camera_fault": 'how = "black"\n', "analytics": 'topic = "fight"\n'}
    assert "step[3].place" in mistakes(GOOD + step + more.get(do, ""), city)


def test_every_step_may_be_missing_but_one(city: City):
    head, _, _ = GOOD.partition("[[step]]")
    assert "step" in mistakes(head, city)


@pytest.mark.parametrize("name", ["thanh-hoa", "ky-anh"])
def test_the_stories_that_come_with_a_city_can_be_told(name: str):
    folder = ROOT / "cities" / name
    city = load_city(folder, folder / "demo")
    wards = frozenset(ward.code for ward in read_wards(city.wards_file).wards)
    files = sorted((folder / "scenarios").glob("*.toml"))
    assert files
    for file in files:
        story = read_scenario(file.read_text(encoding="utf-8"), file.name, city, Known(wards=wards))
        assert story.expects
        assert story.length_s < 600


def test_the_city_of_a_text():
    assert city_of(GOOD) == "thanh-hoa"
    assert city_of("not = [toml") is None
    assert city_of("city = 3") is None


def test_no_story_names_a_person_or_a_number(tmp_path: Path):
    for file in (ROOT / "cities").glob("*/scenarios/*.toml"):
        assert "090" not in file.read_text(encoding="utf-8")
