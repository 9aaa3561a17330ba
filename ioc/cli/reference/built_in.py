"""The modules that come with the product; those of an engineer's own folder are not part of its reference."""

from __future__ import annotations

from ioc.cli.module import modules_home
from ioc.host.discovery import ModuleSpec, find_modules


def built_in_modules() -> list[ModuleSpec]:
    """Their specs, by name."""
    home = modules_home()
    return [spec for _, spec in sorted(find_modules().items()) if spec.folder.parent == home]
