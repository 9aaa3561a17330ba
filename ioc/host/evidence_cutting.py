"""Makes the files of one event's evidence out of a ring: a snapshot at once, the clip when its time has come."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag

from ioc.core.clock import iso
from ioc.core.text import Text
from ioc.evidence.clip import Note, Picture, clip_bytes
from ioc.evidence.cut import Cut, Taken, Window, cut, nearest, taken_of, under_masks, window_of
from ioc.evidence.folder import CLIP, SEALED, SNAPSHOT, Altered, EvidenceFolder, Missing, sha256_of
from ioc.evidence.limits import EvidenceLimits
from ioc.evidence.ring import NoRoom, boot_id, segments
from ioc.evidence.segment import Record, read_record
from ioc.host.clock_kept import clock_is_kept
from ioc.store.evidence import Body, Claim, Clip, KeptFile, Original, Snapshot, Wanted, ref_of
from ioc.store.vault import Vault

NONE = Text(
    "Không có hình nào của camera quanh thời điểm này", "There are no pictures of the camera around this moment"
)
ELSEWHERE = Text(
    "Chỉ có ảnh chụp: hình của đoạn này nằm ở máy khác, đã nhận camera trước đó",
    "Only the snapshot: the pictures of the clip lie on another machine, which had the camera before",
)
_SAW_NOTHING = Text("camera không cho hình", "the camera gave no pictures")
_OTHERS = Text(
    "tiến trình nhận hình khởi động lại hoặc đổi máy",
    "the process that takes them was started anew, or another machine has the camera",
)
_BEFORE_MASKS = Text(
    "vùng che đã đổi: hình trước đó không được dùng", "masks were drawn since: pictures of before are left out"
)
_NO_ORIGINAL = Text(
    "một số hình gốc không mở được bằng khoá hiện nay", "some untouched pictures cannot be opened with the present key"
)


class Found(msgspec.Struct, frozen=True):
    """The pictures of the ring about an event; no window where there are none near it. `before_masks` says that some
    are left out, because a mask has been drawn since."""

    taken: Sequence[Taken]
    window: Window | None
    before_masks: bool = False


class Cutter:
    """Cuts evidence out of the rings of this machine; slow, for threads."""

    def __init__(self, ring: Path, folder: EvidenceFolder, vault: Vault, limits: EvidenceLimits) -> None:
        self._ring, self._folder, self._vault, self._limits = ring, folder, vault, limits

    def find(self, wanted: Wanted, now: datetime, masks: Sequence[Any] | None = None) -> Found:
        """What there is about an event by now, as far as its camera's masks leave it to be seen: see `under_masks`."""
        mono_ms = time.monotonic_ns() / 1e6
        kept = segments(self._ring / wanted.camera)
        fit = under_masks(kept, masks)
        unfit, now_ms = [one for one in kept if one not in fit], now.timestamp() * 1000
        taken, hidden = (taken_of(some, boot_id(), mono_ms, now_ms) for some in (fit, unfit))
        window = self._near(taken, wanted)
        over = window or self._near(hidden, wanted)
        return Found(taken, window, over is not None and nearest(hidden, over) is not None)

    def _near(self, taken: Sequence[Taken], wanted: Wanted) -> Window | None:
        """Where the event lies among these pictures; None where none of them is near it."""
        since_ms = _ms(wanted.since) if wanted.since is not None else None
        window = window_of(taken, _ms(wanted.at), since_ms, self._limits)
        return window if window is not None and nearest(taken, window) is not None else None

    def snapshot(self, claim: Claim, found: Found) -> Body:
        """Keeps the picture of the moment: an earlier owner's where it had kept one, else the nearest of the ring.

        Raises:
            OSError: it could not be written.
        """
        body, wanted = self._adopted(claim), claim.row.wanted
        one = nearest(found.taken, found.window) if found.window is not None else None
        record = _read(one) if one is not None else None
        if body.snapshot is not None or one is None or record is None:
            return body
        folder = self._folder.name(wanted.event, wanted.at, claim.row.fence)
        untouched = self._untouched(one, record)
        return msgspec.structs.replace(
            body,
            folder=folder,
            snapshot=Snapshot(record.at_ms, self._put(folder, SNAPSHOT, record.jpeg)),
            original_snapshot=self._seal(claim, folder, SNAPSHOT, untouched) if untouched is not None else None,
            calibration=one.segment.head.calibration,
            synchronised=clock_is_kept(),
        )

    def clip(self, claim: Claim, body: Body, found: Found) -> Body:
        """Keeps the clip, in the open and sealed, beside the snapshot.

        Raises:
            OSError: it could not be written.
        """
        if found.window is None or body.folder is None:
            why = _BEFORE_MASKS if found.before_masks else NONE if body.snapshot is None else ELSEWHERE
            return msgspec.structs.replace(body, reason=why)
        chosen = cut(found.taken, found.window, self._limits)
        read = [(one, record) for one in chosen.taken if (record := _read(one)) is not None]
        masked = [Picture(record.at_ms, record.jpeg) for _, record in read]
        untouched = [
            Picture(record.at_ms, jpeg) for one, record in read if (jpeg := self._untouched(one, record)) is not None
        ]
        frames = [(one, record.at_ms) for one, record in read]
        open_note = _note(claim.row.wanted, chosen, frames, masked=True)
        whole = clip_bytes(masked, open_note)
        sealed = clip_bytes(untouched, msgspec.structs.replace(open_note, masked=False)) if untouched else None
        return msgspec.structs.replace(
            body,
            clip=Clip(tuple(one.at_ms for one in masked), chosen.missing_s, self._put(body.folder, CLIP, whole)),
            original_clip=self._seal(claim, body.folder, CLIP, sealed) if sealed is not None else None,
            jump_s=chosen.jump_s,
            reason=_why_short(chosen, claim, found, lost_originals=len(masked) - len(untouched)),
        )

    def _adopted(self, claim: Claim) -> Body:
        """The snapshot an earlier owner kept before it ended, as files of our own: a ring of another machine may begin
        only after the moment."""
        left, wanted = claim.row.body, claim.row.wanted
        if left.folder is None or left.snapshot is None:
            return Body()
        folder = self._folder.name(wanted.event, wanted.at, claim.row.fence)
        original = left.original_snapshot
        files = [(SNAPSHOT, left.snapshot.file), *([(SNAPSHOT + SEALED, original.sealed)] if original else [])]
        try:
            for name, kept in files:
                self._put(folder, name, self._folder.get(left.folder, name, kept))
        except (Missing, Altered):
            return Body()
        return msgspec.structs.replace(left, folder=folder)

    def _untouched(self, one: Taken, record: Record) -> bytes | None:
        """The picture without masks; None where it was sealed with a key that is not ours."""
        if not record.sealed:
            return record.jpeg
        head = one.segment.head
        try:
            key = self._vault.unwrap(head.ref, head.key)
            return self._vault.open(key, head.ref, str(record.at_ms), record.sealed)
        except InvalidTag:
            return None

    def _put(self, folder: str, name: str, body: bytes) -> KeptFile:
        if self._folder.free_bytes() < self._limits.free_bytes:
            raise NoRoom("little room is left on the disk")
        return self._folder.put(folder, name, body)

    def _seal(self, claim: Claim, folder: str, name: str, body: bytes) -> Original:
        sealed = self._vault.seal(claim.key, ref_of(claim.row.event), name, body)
        return Original(KeptFile(sha256_of(body), len(body)), self._put(folder, name + SEALED, sealed))


def _read(one: Taken) -> Record | None:
    """The picture; None where the ring has lost it meanwhile."""
    try:
        return read_record(one.path, one.offset)
    except OSError:
        return None


def _note(wanted: Wanted, chosen: Cut, frames: Iterable[tuple[Taken, int]], *, masked: bool) -> Note:
    taken = list(frames)
    return Note(
        event=wanted.event,
        type=wanted.type,
        camera=wanted.camera,
        told_at=iso(wanted.at),
        masked=masked,
        setups={one.segment.head.calibration: one.segment.head.setup for one, _ in taken},
        frames=tuple((at_ms, one.segment.head.calibration) for one, at_ms in taken),
        missing_s=chosen.missing_s,
        jump_s=chosen.jump_s,
    )


def _why_short(chosen: Cut, claim: Claim, found: Found, *, lost_originals: int) -> Text | None:
    """A process that was killed has left its pictures in the ring, perhaps none of them in the clip."""
    writers = {one.segment.head.writer for one in found.taken}
    said, taken_over = [], len(writers) > 1 or claim.row.fence > 1
    if chosen.missing_s:
        why = _BEFORE_MASKS if found.before_masks else _OTHERS if taken_over else _SAW_NOTHING
        vi, en = f"{chosen.missing_s:.1f}".replace(".", ","), f"{chosen.missing_s:.1f}"
        said.append(Text(f"Thiếu {vi} giây hình: {why.vi}", f"{en} s of pictures are missing: {why.en}"))
    if lost_originals:
        said.append(_NO_ORIGINAL)
    return Text("; ".join(one.vi for one in said), "; ".join(one.en for one in said)) if said else None


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
