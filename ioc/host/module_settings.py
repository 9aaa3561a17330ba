"""A module's settings: its own defaults, then the city profile, then `IOC_<MODULE>_<FIELD>`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import msgspec

from ioc.city.profile import City
from ioc.contract import Module, NotConfigured
from ioc.core.text import Text


def settings_of(module: type[Module], name: str, city: City, env: Mapping[str, str] = os.environ) -> Module.Settings:
    """The settings of one module.

    Raises:
        NotConfigured: a value has the wrong type or no such setting exists.
    """
    values = {key: one.value for key, one in given_settings(module, name, city, env).items()}
    unknown = values.keys() - {field.name for field in msgspec.structs.fields(module.Settings)}
    if unknown:
        many = ", ".join(sorted(unknown))
        raise NotConfigured(
            Text(f"mô-đun {name!r} không có thiết lập {many}", f"module {name!r} has no setting {many}")
        )
    try:
        return msgspec.convert(values, module.Settings, strict=False)
    except msgspec.ValidationError as error:
        raise NotConfigured(
            Text(f"thiết lập của mô-đun {name!r}: {error}", f"settings of module {name!r}: {error}")
        ) from error


class Given(msgspec.Struct, frozen=True):
    """A value of a setting, and the variable it comes from; empty where the city's profile gives it."""

    value: Any
    variable: str = ""


def given_settings(module: type[Module], name: str, city: City, env: Mapping[str, str]) -> dict[str, Given]:
    """What the profile and the environment say of a module's settings, by name, as it stands there."""
    profile = city.modules.get(name)
    given = {key: Given(value) for key, value in profile.settings.items()} if profile else {}
    for field in msgspec.structs.fields(module.Settings):
        variable = f"IOC_{name}_{field.name}".upper()
        if variable in env:
            given[field.name] = Given(env[variable], variable)
    return given
