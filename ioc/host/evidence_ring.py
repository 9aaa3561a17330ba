"""Keeps the rings of one worker's cameras in a thread of its own: a slow or full disk costs pictures, never counts."""

from __future__ import annotations

import threading
import time
from collections import deque
from pathlib import Path

import msgspec

from ioc.city.profile import Camera
from ioc.contract import Log
from ioc.core.text import Text
from ioc.evidence.limits import EvidenceLimits
from ioc.evidence.ring import NoRoom, RingWriter, boot_id, forget_old
from ioc.evidence.segment import Head, Record
from ioc.evidence.setup import calibration_of, setup_of
from ioc.store.vault import Vault
from streams.children import Kept

MOST_WAITING = 400  # pictures; what comes while so many wait is let go, and said
AGAIN_S = 5.0  # after a disk has refused one of its pictures a camera's next are let go for so long
TIDY_S = 60.0
ENDS_S = 5.0
_LOOK_S = 0.5

FULL = Text("đĩa gần đầy, không lưu hình làm bằng chứng", "the disk is nearly full, no pictures are kept as evidence")
FAILS = Text("đĩa lỗi, không lưu hình làm bằng chứng", "the disk fails, no pictures are kept as evidence")
SLOW = Text("đĩa quá chậm, bỏ bớt hình làm bằng chứng", "the disk is too slow, some pictures are not kept as evidence")


class _Given(msgspec.Struct, frozen=True):
    head: Head
    at_ms: int
    mono_ms: int
    kept: Kept


class _Camera(msgspec.Struct):
    writer: RingWriter
    again_at: float = 0.0


class RingKeeper:
    """The rings of one process. `add` never waits; `fault` says what is wrong with a camera's, if anything.

    `name` tells the process from others of the machine that write, or wrote, rings of the same cameras.
    """

    def __init__(self, folder: Path, limits: EvidenceLimits, vault: Vault, name: str, log: Log) -> None:
        self.folder, self.limits = folder, limits
        self.boot = boot_id()
        self._vault, self._name, self._log = vault, name, log
        self._ref = f"ring:{name}"
        self._key, self._wrapped = vault.new_key(self._ref)
        self._heads: dict[str, Head] = {}
        self._given: deque[_Given] = deque()
        self._writers: dict[str, _Camera] = {}
        self._faults: dict[str, Text] = {}
        self._said: set[Text] = set()
        self._bell = threading.Event()
        self._ended = False
        self._slow_until = 0.0
        self._thread = threading.Thread(target=self._work, name="evidence ring", daemon=True)
        self._thread.start()

    def begin(self, camera: Camera) -> None:
        """Pictures of this camera come from now on, taken under this set-up."""
        setup = setup_of(camera)
        self._heads[camera.id] = Head(
            camera=camera.id,
            boot=self.boot,
            writer=self._name,
            calibration=calibration_of(setup),
            setup=setup,
            ref=self._ref,
            key=self._wrapped,
        )

    def add(self, camera: str, at_ms: int, mono_ms: int, kept: Kept) -> None:
        """A picture that has come: Unix and monotonic milliseconds."""
        if len(self._given) >= MOST_WAITING:
            self._slow_until = time.monotonic() + AGAIN_S
            return
        self._given.append(_Given(self._heads[camera], at_ms, mono_ms, kept))
        self._bell.set()

    def fault(self, camera: str) -> Text | None:
        """Why a camera's pictures are not kept just now."""
        return SLOW if time.monotonic() < self._slow_until else self._faults.get(camera)

    def close(self) -> None:
        """Writes what waits and ends; a disk that does not answer is not waited for."""
        self._ended = True
        self._bell.set()
        self._thread.join(ENDS_S)

    def _work(self) -> None:
        tidy_at = time.monotonic()
        while not self._ended or self._given:
            self._bell.wait(_LOOK_S)
            self._bell.clear()
            while self._given:
                self._put(self._given.popleft())
            if time.monotonic() >= tidy_at:
                tidy_at = time.monotonic() + TIDY_S
                self._tidy()
        for one in self._writers.values():
            one.writer.close()

    def _put(self, given: _Given) -> None:
        id, camera = given.head.camera, self._camera(given.head)
        if time.monotonic() < camera.again_at:
            return
        try:
            camera.writer.add(self._record(given))
        except OSError as error:
            camera.again_at = time.monotonic() + AGAIN_S
            self._complain(id, FULL if isinstance(error, NoRoom) else FAILS, str(error))
        else:
            self._faults.pop(id, None)
            self._said.clear()

    def _camera(self, head: Head) -> _Camera:
        """Its writer; a camera that has begun anew with another set-up gets a new one."""
        known = self._writers.get(head.camera)
        if known is not None and known.writer.head == head:
            return known
        if known is not None:
            known.writer.close()
        made = self._writers[head.camera] = _Camera(RingWriter(self.folder / head.camera, head, self.limits))
        return made

    def _record(self, given: _Given) -> Record:
        untouched = given.kept.untouched
        sealed = b"" if untouched is None else self._vault.seal(self._key, self._ref, str(given.at_ms), untouched)
        return Record(given.at_ms, given.mono_ms, given.kept.jpeg, sealed)

    def _complain(self, camera: str, fault: Text, why: str) -> None:
        self._faults[camera] = fault
        if fault not in self._said:
            self._said.add(fault)
            self._log.warning("pictures for evidence are not kept", reason=fault.en, error=why)

    def _tidy(self) -> None:
        try:
            forget_old(self.folder, self.boot, time.monotonic_ns() // 1_000_000, self.limits)
        except OSError as error:
            self._log.warning("old pictures of the ring are still there", error=str(error))
