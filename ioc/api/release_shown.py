"""Releases as JSON values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fastapi import Request

from ioc.core.clock import iso
from ioc.store.releases import Kind, ReleaseRow

_ENDS: dict[Kind, str] = {"picture": "jpg", "clip": "webm"}


def url_of(id: str, sha256: str, kind: Kind) -> str:
    """Where what was released is to be had."""
    return f"/api/v1/releases/{id}/{sha256}.{_ENDS[kind]}"


async def call_signs(request: Request) -> dict[str, str]:
    """What people are called in the log and on screens, by their ids."""
    return {one.id: one.username for one in await request.app.state.auth.people.list()}


def shown(request: Request, row: ReleaseRow, signs: Mapping[str, str]) -> dict[str, Any]:
    """One of the list."""
    begun, city = row.begun, request.app.state.city
    name = next((one.name for one in (*city.cameras, *city.removed_cameras) if one.id == begun.camera), begun.camera)
    return {
        "id": begun.id,
        "kind": begun.kind,
        "camera": begun.camera,
        "name": name,
        "module": begun.module,
        "dataclass": begun.dataclass.value,
        "simulated": begun.simulated,
        "taken_at": iso(begun.taken_at),
        "begun": _by(row.begun_by, row.begun_at, signs),
    } | standing(row, signs)


def standing(row: ReleaseRow | None, signs: Mapping[str, str]) -> dict[str, Any]:
    """How far it has come; nothing is known of one of an older build."""
    if row is None:
        return {"state": None, "released": None, "withdrawn": None, "refused": None, "url": None}
    released = _by(row.released_by, row.released_at, signs)
    withdrawn = _by(row.withdrawn_by, row.withdrawn_at, signs)
    refused = _by(row.refused_by, row.refused_at, signs)
    there = row.state == "released" and row.there and row.sha256 is not None
    return {
        "state": row.state,
        "released": released and released | {"purpose": row.purpose, "sha256": row.sha256},
        "withdrawn": withdrawn and withdrawn | {"reason": row.withdrawn_because},
        "refused": refused and refused | {"reason": row.refused_because},
        "url": url_of(row.begun.id, row.sha256 or "", row.begun.kind) if there else None,
    }


def _by(who: str | None, at: datetime | None, signs: Mapping[str, str]) -> dict[str, Any] | None:
    return None if who is None or at is None else {"by": who, "sign": signs.get(who, who), "at": iso(at)}
