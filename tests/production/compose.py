"""What docker-compose.yml says once a person has filled in `.env`: the services, with every variable in its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docker-compose.yml"
EXAMPLE = ROOT / "deploy" / "example.env"
NGINX = ROOT / "deploy" / "nginx.conf"

OWN = frozenset({"COMPOSE_PROFILES"})  # read by Compose itself
_VARIABLE = re.compile(r"\$\{(?P<name>[A-Z_]+)(?::(?P<how>[?-])(?P<word>[^}]*))?\}")


class NotSet(Exception):
    """A variable that the file needs has no value: Compose would refuse to start."""


class _Strict(yaml.SafeLoader):
    """Refuses a name given twice in one place, as Compose does; YAML's own reader takes the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = [name.value for name, _ in node.value if name.value != "<<"]
        if twice := {name for name in names if names.count(name) > 1}:
            raise yaml.constructor.ConstructorError(None, None, f"given twice: {sorted(twice)}", node.start_mark)
        return super().construct_mapping(node, deep)


def read() -> dict[str, Any]:
    """The file as it is written, variables and all."""
    found: dict[str, Any] = yaml.load(FILE.read_text(encoding="utf-8"), Loader=_Strict)  # noqa: S506 - a safe loader
    return found


def proxy_address() -> str:
    """Where the proxy stands in the network it shares with the API."""
    address: str = read()["services"]["proxy"]["networks"]["edge"]["ipv4_address"]
    return address


def variables() -> dict[str, set[str]]:
    """Every variable of the file and the words behind it: `?` must be given, `-` has a default, empty neither."""
    found: dict[str, set[str]] = {}
    for match in _VARIABLE.finditer(FILE.read_text(encoding="utf-8")):
        found.setdefault(match["name"], set()).add((match["how"] or "") + (match["word"] or ""))
    return found


def filled(given: Mapping[str, str]) -> dict[str, Any]:
    """The services as Compose runs them with these variables."""
    services: dict[str, Any] = _filled(read()["services"], given)
    return services


def _filled(node: Any, given: Mapping[str, str]) -> Any:
    if isinstance(node, dict):
        return {name: _filled(value, given) for name, value in node.items()}
    if isinstance(node, list):
        return [_filled(value, given) for value in node]
    return _VARIABLE.sub(lambda match: _value(match, given), node) if isinstance(node, str) else node


def _value(match: re.Match[str], given: Mapping[str, str]) -> str:
    value = given.get(match["name"], "")
    if value:
        return value
    if match["how"] == "?":
        raise NotSet(match["name"])
    return match["word"] or ""


def example() -> dict[str, str]:
    """The variables of deploy/example.env as it comes."""
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    pairs = (line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    return {name: value for name, value in pairs}
