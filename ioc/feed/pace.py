"""How much a client may say. A screen speaks a few times a minute and answers a ping now and then; each frame costs the
process that serves all others a little of its time, an empty one as much as any."""

from __future__ import annotations

import time

from ioc.feed.options import Options


class Pace:
    """A bucket of frames that fills up again; frames of every kind count, from before the sign-in until the end."""

    def __init__(self, options: Options) -> None:
        self._most, self._per_s = float(options.frames_at_once), options.frames_per_s
        self._left, self._at = self._most, time.monotonic()

    def take(self) -> bool:
        """Whether one more frame is within the pace."""
        now = time.monotonic()
        self._left = min(self._most, self._left + (now - self._at) * self._per_s)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
