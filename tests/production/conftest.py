"""A city in production, one for the whole folder: official wards, people, keys."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.production.installation import PARTS, PROFILE, Installation, installation, official_wards
from tests.production.people import ADMIN, OPERATOR, Desk, Visitor, make_admin


@pytest.fixture(scope="session")
def city() -> Iterator[Installation]:
    """Thanh Hóa as `docker compose up` runs it, after the steps of the how-to page; ended in order at the end."""
    with installation() as made:
        wards = official_wards(PROFILE, made.folder / "wards.geojson")
        done = made.run("layers", "import", str(wards), "--as", "wards", "--valid-from", "2025-07-01")
        assert done.returncode == 0, done.stdout + done.stderr
        for part in PARTS:
            made.start(part)
        made.wait_ready()
        yield made
        assert made.stop() == []


@pytest.fixture(scope="session")
def admin(city: Installation) -> Visitor:
    """The first administrator, made on the command line and signed in."""
    make_admin(city)
    visitor = Visitor(city)
    visitor.sign_in(*ADMIN)
    return visitor


@pytest.fixture(scope="session")
def desk(city: Installation, admin: Visitor) -> Desk:
    """An operator, a wall and a device, all made by the administrator."""
    return Desk.made_by(city, admin)


@pytest.fixture(autouse=True)
def _still_signed_in(request: pytest.FixtureRequest) -> None:
    """Signs in again who was idle too long: an administrator's session ends after five minutes."""
    if "admin" in request.fixturenames:
        _stay(request.getfixturevalue("admin"), ADMIN)
    if "desk" in request.fixturenames:
        _stay(request.getfixturevalue("desk").operator, OPERATOR)


def _stay(visitor: Visitor, account: tuple[str, str]) -> None:
    if visitor.get("/api/v1/me").json()["role"] == "anyone":
        visitor.sign_in(*account)
