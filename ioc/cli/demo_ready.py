"""Whether a demonstration is ready yet, what it still waits for, and how long it waits."""

from __future__ import annotations

import httpx
import msgspec

from ioc.core.text import Text

TELL_S = 60.0  # so often a city that is not ready says what it waits for
LIMIT_S = 180.0  # a run that ends by itself gives up after that


class Readiness(msgspec.Struct, frozen=True):
    """Whether all is well, and if not, why."""

    ready: bool
    reasons: tuple[Text, ...] = ()


def readiness(http: httpx.Client, base: str) -> Readiness:
    """What `/readyz` says; a server that does not answer is a reason too."""
    try:
        answer = http.get(f"{base}/readyz")
    except httpx.HTTPError:
        return Readiness(False, (Text("dịch vụ web chưa trả lời", "the web service does not answer yet"),))
    if answer.status_code == 200:
        return Readiness(True)
    return Readiness(False, _reasons(answer))


def _reasons(answer: httpx.Response) -> tuple[Text, ...]:
    try:
        return tuple(Text(one["vi"], one["en"]) for one in answer.json()["reasons"])
    except (ValueError, KeyError, TypeError):
        status = answer.status_code
        return (Text(f"dịch vụ web trả lời mã {status}", f"the web service answers {status}"),)


class Patience:
    """How long to wait, in seconds of a monotonic clock: for ever, or where the run ends by itself, `LIMIT_S`."""

    def __init__(self, started: float, *, endless: bool) -> None:
        self._give_up = float("inf") if endless else started + LIMIT_S
        self._tell_at = started + TELL_S

    def to_tell(self, now: float) -> bool:
        """Whether it is time to say what is missing; yes once each `TELL_S`."""
        if now < self._tell_at:
            return False
        self._tell_at = now + TELL_S
        return True

    def over(self, now: float) -> bool:
        """Whether to give up."""
        return now >= self._give_up
