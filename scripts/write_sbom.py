"""Writes the bill of materials (CycloneDX 1.6, JSON) of what the product is made of, from its lock files alone.

The same lock files give the same bytes, so that a change of the bill is a change of what is installed. Tools of the
developers are listed with the scope `excluded`: they are not part of a running city.
"""

from __future__ import annotations

import base64
import json
import re
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RUN, DEV = ROOT / "requirements" / "run.txt", ROOT / "requirements" / "dev.txt"
NPM = ROOT / "web" / "package-lock.json"
_PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")

Component = dict[str, Any]


def bill() -> dict[str, Any]:
    """The bill of materials."""
    run = {one["purl"]: one for one in python_components(RUN, "required")}
    tools = {one["purl"]: one for one in python_components(DEV, "excluded")}
    needed_last = sorted(npm_components(NPM), key=lambda one: str(one["scope"]))  # one that a city needs is no tool
    screens = {one["purl"]: one for one in needed_last}
    components = [one for _, one in sorted((tools | run | screens).items())]
    serial = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(components, sort_keys=True))
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": "ioc",
                "name": "ioc",
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            }
        },
        "components": components,
    }


def python_components(lock: Path, scope: str) -> Iterator[Component]:
    """The packages of a requirements file that `uv pip compile --generate-hashes` wrote.

    Raises:
        ValueError: a package has no hash.
    """
    for name, version, hashes in pinned(lock):
        if not hashes:
            raise ValueError(f"{lock.name}: {name} has no hash")
        purl = f"pkg:pypi/{re.sub(r'[-_.]+', '-', name).lower()}@{version}"
        properties = [{"name": "ioc:accepted-sha256", "value": one} for one in hashes]
        yield _component(name, version, purl, scope) | {"properties": properties}


def pinned(lock: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Name, version and accepted SHA-256 hashes of each pinned package."""
    for block in re.split(r"\n(?=[A-Za-z0-9])", lock.read_text(encoding="utf-8")):
        if met := _PINNED.match(block):
            yield met[1], met[2], sorted(_HASH.findall(block))


def npm_components(lock: Path) -> Iterator[Component]:
    """The packages of `package-lock.json`.

    Raises:
        ValueError: a package has no integrity.
    """
    packages = json.loads(lock.read_text(encoding="utf-8"))["packages"]
    for path, said in packages.items():
        name = path.rpartition("node_modules/")[2]
        if not name or said.get("link"):
            continue
        if "integrity" not in said:
            raise ValueError(f"{lock.name}: {name} has no integrity")
        purl = f"pkg:npm/{name.replace('@', '%40')}@{said['version']}"
        made = _component(name, said["version"], purl, "excluded" if said.get("dev") else "required")
        yield made | {"hashes": [_npm_hash(said["integrity"])], **_license(said)}


def _component(name: str, version: str, purl: str, scope: str) -> Component:
    return {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl, "scope": scope}


def _npm_hash(integrity: str) -> dict[str, str]:
    algorithm, _, digest = integrity.split()[0].partition("-")
    return {"alg": {"sha512": "SHA-512", "sha1": "SHA-1"}[algorithm], "content": base64.b64decode(digest).hex()}


def _license(said: dict[str, Any]) -> dict[str, Any]:
    return {"licenses": [{"expression": said["license"]}]} if isinstance(said.get("license"), str) else {}


if __name__ == "__main__":
    text = json.dumps(bill(), ensure_ascii=False, indent=2) + "\n"
    Path(sys.argv[1]).write_text(text, encoding="utf-8") if len(sys.argv) > 1 else sys.stdout.write(text)
