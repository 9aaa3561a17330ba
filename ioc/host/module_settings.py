"""A module's settings: its own defaults, then the city profile, then `IOC_<MODULE>_<FIELD>`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import msgspec

from ioc.city.profile import City
from ioc.contract import Module, NotConfigured


def settings_of(module: type[Module], name: str, city: City, env: Mapping[str, str] = os.environ) -> Module.Settings:
    """The settings of one module.

    Raises:
        NotConfigured: a value has the wrong type or no such setting exists.
    """
    profile = city.modules.get(name)
    values: dict[str, Any] = dict(profile.settings) if profile else {}
    for field in msgspec.structs.fields(module.Settings):
        variable = f"IOC_{name}_{field.name}".upper()
        if variable in env:
            values[field.name] = env[variable]
    unknown = values.keys() - {field.name for field in msgspec.structs.fields(module.Settings)}
    if unknown:
        raise NotConfigured(f"module {name!r} has no setting {', '.join(sorted(unknown))}")
    try:
        return msgspec.convert(values, module.Settings, strict=False)
    except msgspec.ValidationError as error:
        raise NotConfigured(f"settings of module {name!r}: {error}") from error
