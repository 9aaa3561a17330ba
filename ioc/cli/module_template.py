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

README = """\
# @TITLE@

Listens to readings `@NAME@.level` and says `@NAME@.limit.exceeded` when a station stays over its limit.

Settings (`[modules.@NAME@]` of the city profile): `limit`, `readings`.
"""

FILES: dict[str, str] = {
    "__init__.py": '"""@TITLE@."""\n',
    "manifest.toml": MANIFEST,
    "module.py": MODULE,
    "README.md": README,
}
