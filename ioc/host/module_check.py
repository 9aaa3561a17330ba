"""What the modules of a city lack in its profile, found before they run."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, get_args, get_origin

import msgspec

from ioc.city.profile import City, Mistake
from ioc.city.rows import MISSING, unfit, unknown_key
from ioc.city.vocabulary import nearest
from ioc.contract import Module, NotConfigured, PartOf
from ioc.core.text import Text
from ioc.host.discovery import ModuleSpec, find_modules, load_module
from ioc.host.module_settings import Given, given_settings, settings_of

PROFILE = "city.toml"
THRESHOLDS = "thresholds.toml"
ENVIRONMENT = "môi trường / environment"


def modules_on(city: City) -> list[ModuleSpec]:
    """The modules that are found and that the city has not switched off.

    Raises:
        BrokenManifest: see `find_modules`.
    """
    return [
        spec for spec in find_modules().values() if spec.name not in city.modules or city.modules[spec.name].enabled
    ]


def modules_off(city: City) -> list[ModuleSpec]:
    """The modules that are found and that the city has switched off.

    Raises:
        BrokenManifest: see `find_modules`.
    """
    on = {spec.name for spec in modules_on(city)}
    return [spec for spec in find_modules().values() if spec.name not in on]


def unknown_modules(city: City) -> list[Mistake]:
    """The modules the profile speaks of and that there are not; a misspelt `enabled = false` switches nothing off.

    Raises:
        BrokenManifest: see `find_modules`.
    """
    known = sorted(find_modules())
    return [Mistake(PROFILE, f"modules.{name}", _no_module(name, known)) for name in city.modules if name not in known]


def _no_module(name: str, known: list[str]) -> Text:
    words = ", ".join(known)
    near = f"; gần nhất là “{nearest(name, known)}”" if known else ""
    near_en = f"; the nearest is “{nearest(name, known)}”" if known else ""
    return Text(
        f"Không có mô-đun “{name}”{near}. Các mô-đun: {words}.", f"No module “{name}”{near_en}. Modules are: {words}."
    )


def is_told_anything(spec: ModuleSpec, city: City, env: Mapping[str, str]) -> bool:
    """Whether the profile or the environment has settings for a module; answered without loading its code."""
    profile = city.modules.get(spec.name)
    prefix = f"IOC_{spec.name}_".upper()
    return bool(profile and profile.settings) or any(name.startswith(prefix) for name in env)


class Loaded(msgspec.Struct, frozen=True):
    """The classes of modules by name, and those whose code cannot be loaded."""

    modules: dict[str, type[Module]]
    mistakes: list[Mistake]


def load_modules(specs: Iterable[ModuleSpec]) -> Loaded:
    """Loads the code of these modules; one that is broken does not keep the others from being looked at."""
    loaded = Loaded({}, [])
    for spec in specs:
        try:
            loaded.modules[spec.name] = load_module(spec)
        except Exception as error:  # whatever the module's own code raises while it is imported
            why = f"{type(error).__name__}: {error}"
            text = Text(f"Không nạp được mã của mô-đun: {why}", f"The module's code cannot be loaded: {why}")
            loaded.mistakes.append(Mistake("modules", spec.name, text))
    return loaded


def wrong_settings(modules: Mapping[str, type[Module]], city: City, env: Mapping[str, str]) -> list[Mistake]:
    """Every setting of these modules that is unknown, missing or of the wrong kind."""
    return [one for name, module in modules.items() for one in settings_mistakes(module, name, city, env)]


def wrong_settings_of_idle(modules: Mapping[str, type[Module]], city: City, env: Mapping[str, str]) -> list[Mistake]:
    """What is wrong with the settings given to modules that are off; these may lack what they need."""
    return [one for one in wrong_settings(modules, city, env) if one.text != MISSING]


def settings_mistakes(module: type[Module], name: str, city: City, env: Mapping[str, str]) -> list[Mistake]:
    """What is wrong with the settings of one module."""
    given = given_settings(module, name, city, env)
    found = list(_wrong_fields(module, name, given, city))
    if not found:
        try:
            settings_of(module, name, city, env)
        except NotConfigured as error:  # a rule of the module's own, over several settings
            found.append(Mistake(PROFILE, f"modules.{name}", error.text))
    return found


def _wrong_fields(module: type[Module], name: str, given: Mapping[str, Given], city: City) -> Iterator[Mistake]:
    fields = {field.name: field for field in msgspec.structs.fields(module.Settings)}
    for key in sorted(given.keys() - fields.keys()):
        yield Mistake(PROFILE, f"modules.{name}.{key}", unknown_key(fields))
    for key, field in fields.items():
        if key not in given:
            if field.required:
                yield Mistake(PROFILE, f"modules.{name}.{key}", MISSING)
        elif text := unfit(field.type, given[key].value, strict=False):
            yield _at(name, key, given[key], text)
        else:
            for text in _unknown_parts(field.type, given[key].value, city):
                yield _at(name, key, given[key], text)


def _unknown_parts(kind: Any, value: Any, city: City) -> Iterator[Text]:
    """Ids of the city's own feeds, cameras and the like (see `PartOf`) that the city has not."""
    for inner in (kind, *get_args(kind)):
        marks = inner.__metadata__ if get_origin(inner) is Annotated else ()
        for mark in marks:
            if isinstance(mark, PartOf):
                ids = [one.id for one in getattr(city, mark.parts)]
                for id in value if isinstance(value, list | tuple) else [value]:
                    if id not in ids:
                        yield _no_part(id, mark.parts, ids)


def _no_part(id: object, parts: str, ids: list[str]) -> Text:
    words = ", ".join(ids)
    near = f"; gần nhất là “{nearest(id, ids)}”" if ids else ""
    return Text(
        f"Hồ sơ không có “{id}” trong {parts}{near}. Có: {words}.",
        f"The profile has no “{id}” among its {parts}. It has: {words}.",
    )


def _at(name: str, key: str, given: Given, text: Text) -> Mistake:
    if given.variable:
        return Mistake(ENVIRONMENT, given.variable, text)
    return Mistake(PROFILE, f"modules.{name}.{key}", text)


def missing_thresholds(city: City, specs: Iterable[ModuleSpec], at: datetime) -> list[Mistake]:
    """The thresholds that the modules' code asks for by name and that have no value in the city on that day."""
    return [
        Mistake(THRESHOLDS, f"threshold[{name}]", _lacking(spec.name))
        for spec in specs
        for name in thresholds_of(spec)
        if not _in_force(city, name, at)
    ]


def thresholds_of(spec: ModuleSpec) -> list[str]:
    """The module's own thresholds that its code names in full where it asks for them; others cannot be seen here."""
    names: set[str] = set()
    for path in sorted(spec.folder.rglob("*.py")):
        try:
            tree = ast.parse(path.read_bytes(), filename=str(path))
        except (SyntaxError, ValueError):
            continue  # no part of a module whose code loads
        names.update(name for node in ast.walk(tree) if (name := _asked_for(node)))
    return sorted(name for name in names if name.startswith(f"{spec.name}."))


def _asked_for(node: ast.AST) -> str:
    """The name in `threshold("…")` or `something.threshold("…")`."""
    if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
        return ""
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    said = node.args[0].value
    return said if called == "threshold" and isinstance(said, str) else ""


def _in_force(city: City, name: str, at: datetime) -> bool:
    try:
        city.threshold_row(name, at)
    except LookupError:
        return False
    return True


def _lacking(module: str) -> Text:
    return Text(
        f"Mô-đun {module} cần ngưỡng này; hồ sơ không có giá trị nào đang có hiệu lực.",
        f"The module {module} needs this threshold; the profile has no value in force.",
    )
