"""Which installation a command works on."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from ioc.city.profile import City, load_city
from ioc.cli.city import profile_dir
from ioc.demo.settings import demo_settings, state_dir_of
from ioc.host.migrating import migrate
from ioc.settings import Settings


class Target(msgspec.Struct, frozen=True):
    """A city with its settings, its tables up to date."""

    city: City
    settings: Settings


def target(city: str, state: Path | None) -> Target:
    """The installation of the environment (`IOC_…`) when one is set, else the city's demonstration."""
    found = installed_settings()
    profile = load_city(found.city_dir if found else profile_dir(city))
    settings = found or demo_settings(profile_dir(city), state or state_dir_of(profile.id))
    migrate(settings)
    return Target(profile, settings)


def installed_settings() -> Settings | None:
    """The settings of a production installation, if the environment names one."""
    return Settings.model_validate({}) if os.environ.get("IOC_CITY_DIR") and os.environ.get("IOC_STATE_DIR") else None
