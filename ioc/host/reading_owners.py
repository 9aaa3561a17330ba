"""Whose readings a city takes."""

from __future__ import annotations

from collections.abc import Iterable

from ioc.city.profile import City
from ioc.contract.rights import Principal

CAMERAS = "camera"  # the owner of what cameras see: the platform itself


def reading_owners(city: City, modules: Iterable[str]) -> frozenset[str]:
    """The first words of the kinds that a door may take: the modules that are on, and cameras."""
    return frozenset({CAMERAS, *(name for name in modules if is_on(city, name))})


def may_send(principal: Principal, owner: str) -> bool:
    """Whether a key may send an owner's readings.

    A key for all of the city speaks for every module, but not for the city's cameras: what they see can raise or hide
    an alarm, so a key for them says so by name.
    """
    return owner in principal.modules if principal.modules else owner != CAMERAS


def is_on(city: City, module: str) -> bool:
    """Whether a module runs in the city: all do that its profile does not turn off."""
    profile = city.modules.get(module)
    return profile is None or profile.enabled
