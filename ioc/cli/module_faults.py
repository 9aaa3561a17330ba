"""What commands say when a city's profile and its modules do not fit together."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from ioc.city.profile import City, Mistake
from ioc.core.errors import FieldError, Problem
from ioc.core.text import Text
from ioc.host.discovery import BrokenManifest
from ioc.host.module_check import is_told_anything, load_modules, missing_thresholds, modules_on, wrong_settings


def module_mistakes(city: City) -> list[Mistake]:
    """Every mistake in what the profile says to the modules that are on, and every threshold they miss."""
    try:
        specs = modules_on(city)
    except BrokenManifest as error:
        return [Mistake("modules", "manifest.toml", Text(str(error), str(error)))]
    loaded = load_modules(specs)
    sound = [spec for spec in specs if spec.name in loaded.modules]
    wrong = wrong_settings(loaded.modules, city, os.environ)
    return [*loaded.mistakes, *wrong, *missing_thresholds(city, sound, datetime.now(UTC))]


def refuse_wrong_settings(city: City) -> None:
    """Keeps a city from starting whose module would only fail again and again.

    Modules that are told nothing are left alone, for loading their code takes time; one whose code cannot be loaded
    fails by itself and leaves the others running.

    Raises:
        Problem: a setting is wrong; it names every one.
        BrokenManifest: see `find_modules`.
    """
    told = [spec for spec in modules_on(city) if is_told_anything(spec, city, os.environ)]
    mistakes = wrong_settings(load_modules(told).modules, city, os.environ)
    if mistakes:
        raise Problem(
            "bad-module-settings",
            Text("Thiết lập của mô-đun chưa đúng", "A module's settings are wrong"),
            errors=tuple(FieldError(f"{one.file} {one.field}", one.text) for one in mistakes),
        )
