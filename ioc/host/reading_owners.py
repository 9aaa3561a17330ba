"""Whose readings a city takes."""

from __future__ import annotations

from collections.abc import Iterable

from ioc.city.profile import City

CAMERAS = "camera"  # the owner of what cameras see: the platform itself


def reading_owners(city: City, modules: Iterable[str]) -> frozenset[str]:
    """The first words of the kinds that a door may take: the modules that are on, and cameras."""
    return frozenset({CAMERAS, *(name for name in modules if is_on(city, name))})


def is_on(city: City, module: str) -> bool:
    """Whether a module runs in the city: all do that its profile does not turn off."""
    profile = city.modules.get(module)
    return profile is None or profile.enabled
