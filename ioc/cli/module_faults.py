"""What commands say when a city's profile and its modules do not fit together."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from ioc.city.profile import City, Mistake
from ioc.core.text import Text
from ioc.host.discovery import BrokenManifest
from ioc.host.module_check import (
    is_told_anything,
    load_modules,
    missing_thresholds,
    modules_off,
    modules_on,
    unknown_modules,
    wrong_settings,
    wrong_settings_of_idle,
)


def module_mistakes(city: City) -> list[Mistake]:
    """Every module of the profile that there is not, every mistake in what the profile says to the others, and every
    threshold that those which are on miss."""
    try:
        specs = modules_on(city)
    except BrokenManifest as error:
        return [Mistake("modules", "manifest.toml", Text(str(error), str(error)))]
    loaded, idle = load_modules(specs), load_modules(modules_off(city))
    sound = [spec for spec in specs if spec.name in loaded.modules]
    return [
        *loaded.mistakes,
        *unknown_modules(city),
        *wrong_settings(loaded.modules, city, os.environ),
        *wrong_settings_of_idle(idle.modules, city, os.environ),
        *missing_thresholds(city, sound, datetime.now(UTC)),
    ]


def told_mistakes(city: City) -> list[Mistake]:
    """Mistakes of the kind that make a module fail again and again. Modules that are told nothing are left alone, for
    loading their code takes time; one whose code cannot be loaded fails by itself and leaves the others running.

    Raises:
        BrokenManifest: see `find_modules`.
    """
    told = [spec for spec in modules_on(city) if is_told_anything(spec, city, os.environ)]
    return [*unknown_modules(city), *wrong_settings(load_modules(told).modules, city, os.environ)]
