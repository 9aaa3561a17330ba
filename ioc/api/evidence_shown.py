"""Evidence as JSON values, and who may know of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from fastapi import Request

from ioc.api.cameras import may_know_cameras, may_see
from ioc.api.rights import classes_of, principal_of
from ioc.core.clock import iso
from ioc.core.errors import not_found
from ioc.evidence.folder import CLIP, SNAPSHOT
from ioc.host.keeping import keeping_of
from ioc.store.evidence import Body, EvidenceRow, KeptFile

PREFIX = "/api/v1/evidence"


async def permitted(request: Request, id: str) -> EvidenceRow:
    """The evidence of an event; Problem 404 where there is none, or none the caller may know of."""
    row: EvidenceRow | None = await request.app.state.store.evidence.get(id)
    if row is None or not _may_know(request, row):
        raise not_found()
    return row


def hidden_cameras(request: Request) -> list[str]:
    """The cameras of the city, also those that were removed, which the caller may not see."""
    city = request.app.state.city
    return [one.id for one in (*city.cameras, *city.removed_cameras) if not may_see(request, one)]


def shown(request: Request, row: EvidenceRow) -> dict[str, Any]:
    """One evidence, without the times of its pictures."""
    wanted, body = row.wanted, row.body
    keeping = keeping_of(request.app.state.city, request.app.state.auth.clock.now()).evidence
    return {
        "id": row.event,
        "event": row.event,
        "type": wanted.type,
        "module": wanted.module,
        "correlation": wanted.correlation,
        "camera": wanted.camera,
        "at": iso(wanted.at),
        "simulated": wanted.simulated,
        "dataclass": wanted.dataclass.value,
        "state": row.state,
        "reason": msgspec.to_builtins(body.reason),
        "snapshot": _snapshot(row),
        "clip": _clip(row),
        "original": _original(body),
        "calibration": body.calibration,
        "clock": {"synchronised": body.synchronised, "jump_s": body.jump_s} if body.snapshot else None,
        "keep_until": _until(row.open_gone, wanted.at + keeping.of(wanted.module)),
        "original_keep_until": _until(row.original_gone, wanted.at + keeping.original),
        "held": row.held,
        "gone": _gone(row),
    }


def frames(row: EvidenceRow) -> list[int]:
    """When each picture of the clip was taken, in Unix milliseconds."""
    return list(row.body.clip.frames) if row.body.clip is not None else []


def _may_know(request: Request, row: EvidenceRow) -> bool:
    wanted, asking = row.wanted, principal_of(request)
    known = wanted.dataclass in classes_of(request) and asking.may("operator", wanted.module)
    return known and may_know_cameras(request) and wanted.camera not in hidden_cameras(request)


def _snapshot(row: EvidenceRow) -> dict[str, Any] | None:
    kept = row.body.snapshot
    if kept is None:
        return None
    return {"url": f"{PREFIX}/{row.event}/{SNAPSHOT}", "at": iso(_time(kept.at_ms)), **_file(kept.file)}


def _clip(row: EvidenceRow) -> dict[str, Any] | None:
    kept = row.body.clip
    if kept is None:
        return None
    first, last = (iso(_time(kept.frames[end])) if kept.frames else None for end in (0, -1))
    return {
        "url": f"{PREFIX}/{row.event}/{CLIP}",
        "play": f"{PREFIX}/{row.event}/clip.mjpeg",
        "from": first,
        "until": last,
        "pictures": len(kept.frames),
        "missing_s": kept.missing_s,
        **_file(kept.file),
    }


def _file(file: KeptFile) -> dict[str, Any]:
    return {"sha256": file.sha256, "bytes": file.bytes}


def _original(body: Body) -> dict[str, Any] | None:
    if body.original_snapshot is None and body.original_clip is None:
        return None
    return {
        "snapshot_sha256": body.original_snapshot.file.sha256 if body.original_snapshot else None,
        "clip_sha256": body.original_clip.file.sha256 if body.original_clip else None,
    }


def _gone(row: EvidenceRow) -> dict[str, str | None]:
    """What never was has not been deleted either."""
    body = row.body
    open_there, original_there = body.snapshot or body.clip, body.original_snapshot or body.original_clip
    return {
        "open": iso(row.open_gone) if row.open_gone is not None and open_there else None,
        "original": iso(row.original_gone) if row.original_gone is not None and original_there else None,
    }


def _until(gone: datetime | None, until: datetime) -> str | None:
    return iso(until) if gone is None else None


def _time(at_ms: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at_ms)
