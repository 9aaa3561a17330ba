"""The processes of a city, by name: what a supervisor starts."""

from __future__ import annotations

from ioc.city.profile import load_city
from ioc.demo.script import Script
from ioc.host.children import Child
from ioc.host.discovery import find_modules
from ioc.settings import Settings

BACKGROUND = 5  # niceness of modules and the simulator: the API and the desk come first


def city_children(settings: Settings, only: str | None = None) -> list[Child]:
    """`api`, `desk`, and one process for each module that is on; with `only` one of api, desk, modules."""
    profiles = load_city(settings.city_dir).modules
    names = [name for name in find_modules() if name not in profiles or profiles[name].enabled]
    platform = [
        Child("api", "ioc.app:api_worker", (settings,)),
        Child("desk", "ioc.host.desk_worker:desk_worker", (settings,)),
    ]
    modules = [
        Child(f"module {name}", "ioc.host.module_worker:module_worker", (settings, name), BACKGROUND) for name in names
    ]
    if only is None:
        return platform + modules
    return modules if only == "modules" else [child for child in platform if child.name == only]


def simulator_child(script: Script) -> Child:
    """The simulated people of a demonstration."""
    return Child("simulator", "ioc.demo.worker:simulator_worker", (script,), BACKGROUND)
