"""The files of a new module; `@NAME@`, `@CLASS@` and `@TITLE@` are filled in."""

MANIFEST = """\
name = "@NAME@"
title_vi = "@TITLE@"
title_en = "@TITLE@"
version = "0.1.0"
owner = "your team"

[events."@NAME@.limit.exceeded"]
vi = "{station}: {value} vượt ngưỡng {limit}"
en = "{station}: {value} is over the limit of {limit}"
"""

MODULE = '''\
"""@CLASS@: a value that stays over its limit for some readings."""

from ioc.contract import Event, Module, State, on


class Exceeded(Event, type="@NAME@.limit.exceeded", severity=2, key="station"):
    """A station's value stayed over the limit."""

    station: str
    value: float
    limit: float


class Over(State):
    """How many readings in a row were over the limit; one per station, saved with the cursor."""

    count: int = 0


class @CLASS@(Module):
    """Listens to readings `@NAME@.level`, sent by devices to /api/v1/observations."""

    class Settings(Module.Settings):
        """Set in `[modules.@NAME@]` of the city profile."""

        limit: float = 70.0
        readings: int = 5

    @on("@NAME@.level", state=Over)
    def judge(self, reading, over, ctx):
        """One event at the last of `readings` readings in a row over the limit."""
        over.count = over.count + 1 if reading.value > self.settings.limit else 0
        if over.count == self.settings.readings:
            yield Exceeded(station=reading.key, value=reading.value, limit=self.settings.limit)
'''

TEST = '''\
"""The rule alone: no host, no broker, no clock."""

from datetime import UTC, datetime

from ioc.contract import Observation

from .module import @CLASS@, Over


def reading(value):
    """One reading of station K1."""
    return Observation("@NAME@.level", "K1", value, "", datetime(2026, 1, 1, tzinfo=UTC))


def test_the_last_of_five_readings_in_a_row_says_so_once():
    module, over = @CLASS@(@CLASS@.Settings()), Over()
    said = [event for value in (80, 60, 80, 80, 80, 80, 80, 80) for event in module.judge(reading(value), over, None)]
    assert [event.station for event in said] == ["K1"]
'''

README = """\
# @TITLE@

Listens to readings `@NAME@.level` and says `@NAME@.limit.exceeded` when a station stays over its limit.

Settings (`[modules.@NAME@]` of the city profile): `limit`, `readings`.

Test it alone: `.venv/bin/python -m pytest --import-mode=importlib PATH/@NAME@`.
"""

FILES: dict[str, str] = {
    "__init__.py": '"""@TITLE@."""\n',
    "manifest.toml": MANIFEST,
    "module.py": MODULE,
    "test_module.py": TEST,
    "README.md": README,
}
