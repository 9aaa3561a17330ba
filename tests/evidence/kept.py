"""Evidence made of a small ring, as a worker makes it; and events that want it."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from PIL import Image

from ioc.core.dataclass import DataClass
from ioc.core.ids import new_id
from ioc.evidence.folder import EvidenceFolder
from ioc.evidence.limits import EvidenceLimits
from ioc.evidence.ring import RingWriter, boot_id
from ioc.evidence.segment import Head, Record
from ioc.evidence.setup import calibration_of
from ioc.host.evidence_cutting import Cutter
from ioc.store import Store
from ioc.store.evidence import EvidenceRow, Wanted, want

LIMITS = EvidenceLimits(free_mb=0, ring_s=600)
SETUP: dict[str, Any] = {"id": "cam-01", "lines": [], "masks": [{"id": "nha", "points": [[0, 0], [1, 0], [1, 0.5]]}]}
RING = "ring:test"
Shown = Callable[[int], bytes]


def picture(shade: int, *, masked: bool) -> bytes:
    """A JPEG whose upper half a mask hides."""
    image = Image.new("RGB", (64, 36), (shade % 256, 90, 160))
    if masked:
        image.paste((0, 0, 0), (0, 0, 64, 18))
    out = io.BytesIO()
    image.save(out, "JPEG")
    return out.getvalue()


def wanted_of(store: Store, **values: object) -> Wanted:
    """An event of now."""
    id = new_id()
    plain: dict[str, object] = {
        "event": id,
        "camera": "cam-01",
        "type": "traffic.wrong_way.suspected",
        "module": "traffic",
        "correlation": f"story:{id}",
        "dataclass": DataClass.INTERNAL,
        "simulated": False,
        "at": store.now(),
    }
    return Wanted(**(plain | values))  # type: ignore[arg-type]


def fill_ring(
    store: Store,
    home: Path,
    camera: str,
    at: datetime,
    *,
    seconds: float = 30.0,
    setup: dict[str, Any] = SETUP,
    shown: Shown = lambda number: picture(number, masked=True),
) -> None:
    """Two pictures a second of a camera with masks, half of them of before a moment and half of after."""
    key, wrapped = store.vault.new_key(RING)
    head = Head(
        camera=camera,
        boot=boot_id(),
        writer="test",
        calibration=calibration_of(setup),
        setup=setup,
        ref=RING,
        key=wrapped,
    )
    writer = RingWriter(home / "ring" / camera, head, LIMITS)
    ago_ms = round((store.now() - at).total_seconds() * 1000)
    now_ms, mono_ms = round(at.timestamp() * 1000), time.monotonic_ns() // 1_000_000 - ago_ms
    for number, after_ms in enumerate(range(round(-seconds * 500), round(seconds * 500), 500)):
        at_ms = now_ms + after_ms
        sealed = store.vault.seal(key, RING, str(at_ms), picture(number, masked=False))
        writer.add(Record(at_ms, mono_ms + after_ms, shown(number), sealed))
    writer.close()


async def make_evidence(store: Store, home: Path, *, shown: Shown | None = None, **values: object) -> EvidenceRow:
    """The evidence of an event of now, kept; `shown` makes the picture of each number."""
    wanted = wanted_of(store, **values)
    fill_ring(store, home, wanted.camera, wanted.at, **({} if shown is None else {"shown": shown}))
    await store.write(lambda tx: want(tx, wanted))
    claim = await store.evidence.claim(wanted.event, "test")
    assert claim is not None
    cutter = Cutter(home / "ring", EvidenceFolder(home / "evidence"), store.vault, LIMITS)
    found = cutter.find(wanted, store.now())
    body = cutter.clip(claim, cutter.snapshot(claim, found), found)
    assert await store.evidence.settle(wanted.event, claim.row.fence, "kept", body, by="cameras")
    row = await store.evidence.get(wanted.event)
    assert row is not None
    return row
