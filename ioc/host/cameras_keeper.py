"""Keeps one camera going: a decoder's process, a watchdog outside it, and a growing pause between its lives."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

import msgspec

from ioc.city.masked import masked_as
from ioc.contract import Log
from ioc.core.clock import Clock
from ioc.core.text import Text
from ioc.host.cameras_seen import SeenCamera
from streams.address import shown
from streams.children import Decoder, DecoderGone, Kept, Nursery, Picture
from streams.messages import Order, Plan, Report, Trouble

USUAL_FPS, WATCHED_FPS = 1.0, 5.0
START_S = 14.0  # a decoder that says nothing for so long after its start is killed
MODEL_S = 30.0  # in which a decoder must have loaded its detector, which many may do at once
MODEL_TRIES = 2  # in a row that ended without it, after which the camera is looked at by motion
SILENT_S = 6.0  # and so is one that has begun
MOST_MB = 400.0
HEALTHY_S = 20.0  # a life that gave pictures for so long ends a row of failures
PAUSE_S = (0.5, 15.0)

_WHY = {
    Trouble.CANNOT_OPEN: Text(
        "Không mở được nguồn hình: không kết nối được, bị từ chối, hoặc không gửi gì đọc được",
        "The source cannot be opened: it is not reached, refuses, or sends nothing that can be read",
    ),
    Trouble.ENDED: Text("Nguồn hình đã ngắt", "The source broke off"),
    Trouble.NO_PICTURE: Text("Nguồn không có hình", "The source has no pictures"),
    Trouble.TOO_LARGE: Text("Hình quá lớn", "The pictures are too large"),
    Trouble.BROKEN: Text("Hình bị hỏng", "The pictures are broken"),
    Trouble.REFUSED: Text("Nguồn hình từ chối đăng nhập", "The source refuses the login"),
    Trouble.ELSEWHERE: Text(
        "Nguồn hình chuyển hướng sang địa chỉ khác, hệ thống không đi theo",
        "The source sends elsewhere (a redirect), which is not followed",
    ),
    Trouble.TOO_SLOW: Text("Nguồn hình gửi quá chậm", "The source sends too slowly"),
}
_SILENT = Text("Nguồn hình không phản hồi", "The source does not answer")
_CRASHED = Text("Bộ giải mã bị lỗi, đang chạy lại", "The decoder failed and is started again")
_MODEL_ENDS = Text("mô hình làm dừng bộ giải mã", "the model ends the decoder")
_UNLOADED = Text(
    "Mô hình nhận dạng không nạp được, đang chạy lại bộ giải mã",
    "The detector does not load; the decoder is started again",
)
_TOO_FAT = Text("Bộ giải mã tốn quá nhiều bộ nhớ", "The decoder held too much memory")


class Keeper:
    """One camera's. `run` never ends by itself, whatever the camera does."""

    def __init__(
        self,
        seen: SeenCamera,
        plan: Plan,
        nursery: Nursery,
        *,
        clock: Clock,
        log: Log,
        show: Callable[[str, Picture, str], None],
        keep: Callable[[str, Kept], None],
    ) -> None:
        self.seen = seen
        self.restarts = 0
        self.decoder: Decoder | None = None
        self._plan = plan
        self._masks = masked_as(plan.masks)
        self._nursery = nursery
        self._clock = clock
        self._log = log.bind(camera=seen.camera.id) if hasattr(log, "bind") else log
        self._show, self._keep = show, keep
        self._fps = USUAL_FPS
        self._unloaded = 0

    async def run(self) -> None:
        """Life after life, until cancelled."""
        failures = 0
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            why = await self._life()
            self.restarts += 1
            failures = 1 if loop.time() - began > HEALTHY_S else failures + 1
            if failures == 1:
                self._log.warning("camera lost", address=shown(self._plan.address), reason=why.en)
            self.seen.trouble(why, self._clock.now())
            pause = min(PAUSE_S[1], PAUSE_S[0] * 2 ** (failures - 1))
            await asyncio.sleep(pause * random.uniform(0.7, 1.3))  # noqa: S311 - jitter, no secret

    def watch(self, watched: bool) -> None:
        """Asks for more pictures a second, or for the usual number."""
        fps = WATCHED_FPS if watched else USUAL_FPS
        if fps != self._fps:
            self._fps = fps
            if self.decoder is not None:
                self.decoder.order(Order(fps))

    @property
    def watched(self) -> bool:
        """Whether somebody looks at it closely."""
        return self._fps == WATCHED_FPS

    def redraw(self, plan: Plan) -> bool:
        """Goes on by a plan that differs in lines and zones only; whether this one does. Its decoder lives on, with all
        it has learnt of the scene."""
        before = self._plan
        likened = msgspec.structs.replace(plan, lines=before.lines, zones=before.zones, sharpness=before.sharpness)
        if likened != before:
            return False
        self._plan = msgspec.structs.replace(before, lines=plan.lines, zones=plan.zones)
        if self.decoder is not None:
            self.decoder.order(Order(self._fps, plan.lines, plan.zones))
        return True

    async def _life(self) -> Text:
        """One decoder from its start to its end; why it ended."""
        model = self._plan.model if self._unloaded < MODEL_TRIES else None
        plan = msgspec.structs.replace(self._plan, picture_fps=self._fps, model=model)
        try:
            self.decoder = decoder = await self._nursery.decoder(self.seen.camera.id, plan)
        except DecoderGone:
            return _CRASHED
        if (self._plan.lines, self._plan.zones) != (plan.lines, plan.zones):  # drawn while it was born
            decoder.order(Order(self._fps, self._plan.lines, self._plan.zones))
        try:
            if model is not None:
                await self._loaded(decoder)
            return await self._listen(decoder)
        except (TimeoutError, DecoderGone) as error:
            if model is not None and self._unloaded:
                return _UNLOADED
            return _SILENT if isinstance(error, TimeoutError) else _CRASHED
        finally:
            self.decoder = None
            decoder.kill()

    async def _loaded(self, decoder: Decoder) -> None:
        """Waits for its detector. A file that crashes the library, or never ends, must not cost the camera."""
        self._unloaded += 1
        async with asyncio.timeout(MODEL_S):
            await decoder.read()
        self._unloaded = 0

    async def _listen(self, decoder: Decoder) -> Text:
        limit = START_S
        while True:
            async with asyncio.timeout(limit):
                said = await decoder.read()
            limit = SILENT_S
            if isinstance(said, Picture):
                self._show(self.seen.camera.id, said, self._masks)
            elif isinstance(said, Kept):
                self._keep(self.seen.camera.id, said)
            elif not isinstance(said, Report):
                return _CRASHED  # it says twice what it has to say once
            elif said.trouble is not None:
                return _WHY[said.trouble]
            else:
                self._take(said)
                if decoder.resident_mb() > MOST_MB:
                    return _TOO_FAT

    def _take(self, report: Report) -> None:
        if self.seen.reason is not None:
            self._log.info("camera is back", after_restarts=self.restarts)
        if self._unloaded >= MODEL_TRIES:
            report = msgspec.structs.replace(report, fault=(_MODEL_ENDS.vi, _MODEL_ENDS.en))
        self.seen.report(report, self._clock.now())
        if report.sharpness is not None:
            self._plan = msgspec.structs.replace(self._plan, sharpness=report.sharpness)
