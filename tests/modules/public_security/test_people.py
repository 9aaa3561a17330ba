"""People who do not exist are put into every door; nothing of theirs may stand anywhere but sealed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from ioc.core.text import fold
from tests.modules.public_security.conftest import World, refused
from tests.modules.public_security.test_records import snatch

CANARIES = (
    "Nguyễn Thị Khuyết Nhạn",
    "0971300042",
    "chuyện kín của gia đình ở hẻm cụt",
    "ngách 7 ngõ Vườn Ổi Găng",
    "36A-915.42",
    "HS-LẨN-KHUẤT-77",
    "áo đỏ có vết sẹo lẩn khuất",
)
NAME, PHONE, STORY, ADDRESS, PLATE, REFERENCE, NOTE = CANARIES


def told(**changes: Any) -> dict[str, Any]:
    return snatch(
        narrative=STORY,
        address=ADDRESS,
        reference=REFERENCE,
        plates=[PLATE],
        persons=[{"role": "victim", "name": NAME, "phone": PHONE, "note": NOTE}],
        **changes,
    )


def traces(text: str) -> list[str]:
    """The canaries that stand in a text, whatever its case and marks."""
    return [one for one in CANARIES if fold(one) in fold(text)]


async def outputs(world: World) -> list[str]:
    """All that anybody can see without asking for a person's data."""
    seen = [msgspec.json.encode(one).decode() for one in await world.events()]
    for topic in ("kpi", "unit", "module"):
        seen.append(json.dumps(await world.shown(topic), ensure_ascii=False))
    for path in ("/records", "/hotspots", "/near-repeat"):
        seen.append((await world.get(path)).text)
    for one in (await world.get("/records")).json()["records"]:
        seen.append((await world.get(f"/records/{one['id']}")).text)
    return seen


async def test_nothing_of_a_person_is_anywhere_but_sealed(world: World, tmp_path: Path) -> None:
    with capture_logs() as logs:
        for kind in ("snatch", "theft", "missing_person", "drugs", "robbery"):
            answer = await world.post("/records", told(type=kind), "operator", **{"Idempotency-Key": f"{PHONE} {kind}"})
            assert answer.status_code == 201 and not traces(answer.text)
        refusal = await world.post("/records", told(type="snatch", t_to="2020-01-01T00:00:00Z"), "operator")
        assert not traces(json.dumps(refused(refusal, 422), ensure_ascii=False))
        await world.settle()
        await world.tick("count")
        await world.tick("find_hotspots")
        await world.tick("find_near_repeat")
        seen = await outputs(world)
    assert len(seen) > 15
    assert [found for text in seen for found in traces(text)] == []
    assert traces(repr(logs)) == []
    assert in_files(tmp_path) == []


def in_files(folder: Path) -> list[str]:
    """The canaries whose bytes stand in any file of the store."""
    files = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    assert sum(len(held) for held in files) > 100_000
    needles = {one: (one.encode(), json.dumps(one)[1:-1].encode()) for one in CANARIES}
    return [one for one, forms in needles.items() if any(form in held for form in forms for held in files)]


async def test_the_canaries_are_really_there(world: World) -> None:
    """Without this the search above would prove nothing."""
    id = (await world.post("/records", told(), "operator")).json()["id"]
    masked = (await world.get(f"/records/{id}")).json()
    assert masked["masked"] is True and "personal" not in masked
    shown = (await world.get(f"/records/{id}", reveal=1, reason="tìm nhân chứng")).json()["personal"]
    assert sorted(shown.values()) == sorted([*CANARIES, "victim"])
    assert traces(json.dumps(shown, ensure_ascii=False)) == list(CANARIES)


async def test_revealing_needs_a_reason_and_is_in_the_audit_trail(world: World) -> None:
    id = (await world.post("/records", told(), "operator")).json()["id"]
    for reason in ("", "   "):
        said = refused(await world.get(f"/records/{id}", reveal=1, reason=reason), 422)
        assert said["errors"][0]["field"] == "reason"
    await world.get(f"/records/{id}", reveal=1, reason="tìm nhân chứng")
    rows = [one for one in await world.store.audit.list() if id in repr(one)]
    assert len(rows) == 1 and "tìm nhân chứng" in repr(rows[0]) and "an" in repr(rows[0])


async def test_a_record_that_tells_of_nobody_has_nothing_to_reveal(world: World) -> None:
    id = (await world.post("/records", snatch(narrative=None), "operator")).json()["id"]
    shown = (await world.get(f"/records/{id}", reveal=1, reason="kiểm tra")).json()
    assert shown["masked"] is False and shown["personal"] == {}


@pytest.mark.parametrize(
    ("path", "roles"),
    [
        ("/api/v1/security/records", {"operator", "device"}),
        ("/api/v1/security/analytics", {"device"}),
        ("/api/v1/security/hotspots", {"wall", "operator"}),
        ("/api/v1/security/near-repeat", {"wall", "operator"}),
        ("/api/v1/security/records/{id}", {"operator"}),
        ("/api/v1/security/looks", {"operator"}),
        ("/api/v1/security/looks/{id}/answer", {"operator"}),
    ],
)
def test_who_may_do_what(path: str, roles: set[str]) -> None:
    from ioc.contract.rights import rule_of
    from modules.public_security.api import router

    rules = [rule_of(route.endpoint) for route in router.routes if route.path == path]  # type: ignore[attr-defined]
    assert {role for rule in rules if rule for role in rule.roles} == roles
    assert all(rule and rule.module == "public_security" for rule in rules)
