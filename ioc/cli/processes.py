"""The processes of a city, by name: what a supervisor starts."""

from __future__ import annotations

from enum import StrEnum

from ioc.city.profile import load_city
from ioc.demo.script import Script
from ioc.host.children import Child
from ioc.host.discovery import find_modules
from ioc.settings import Settings

BACKGROUND = 5  # niceness of modules and the simulator: the API and the desk come first


class Part(StrEnum):
    """What can run by itself, as the containers do."""

    API = "api"
    DESK = "desk"
    MODULES = "modules"
    CAMERAS = "cameras"


_PRELOADED = {
    Part.DESK: "ioc.host.desk_worker",
    Part.MODULES: "ioc.host.module_worker",
    Part.CAMERAS: "ioc.host.cameras",
}


def what_to_preload(only: Part | None) -> str:
    """The module whose import the children of a part share; the API's holds all the others."""
    return _PRELOADED.get(only, "ioc.app") if only else "ioc.app"


def city_children(settings: Settings, only: Part | None = None) -> list[Child]:
    """`api`, `desk`, `cameras` where the city has any or may get some, and one process for each module that is on; with
    `only` one part of these."""
    city = load_city(settings.city_dir, settings.city_overlay)
    profiles = city.modules
    names = [name for name in find_modules() if name not in profiles or profiles[name].enabled]
    platform = [
        Child("api", "ioc.app:api_worker", (settings,)),
        Child("desk", "ioc.host.desk_worker:desk_worker", (settings,)),
    ]
    if city.cameras or settings.city_overlay:  # the first camera may be added while the city runs
        platform += _camera_workers(settings)
    modules = [
        Child(f"module {name}", "ioc.host.module_worker:module_worker", (settings, name), BACKGROUND) for name in names
    ]
    if only is None:
        return platform + modules
    return modules if only is Part.MODULES else [child for child in platform if child.name.partition(" ")[0] == only]


def _camera_workers(settings: Settings) -> list[Child]:
    """`cameras`, which also does what belongs once to the city, and `cameras 2`, `cameras 3` ... that take a share."""
    target = "ioc.host.cameras:cameras_worker"
    return [
        Child("cameras", target, (settings, number), BACKGROUND)
        if number == 1
        else Child(f"cameras {number}", target, (settings, number), BACKGROUND, announces=False)
        for number in range(1, settings.camera_workers + 1)
    ]


def simulator_child(script: Script) -> Child:
    """The simulated people of a demonstration."""
    return Child("simulator", "ioc.demo.worker:simulator_worker", (script,), BACKGROUND, announces=False)
