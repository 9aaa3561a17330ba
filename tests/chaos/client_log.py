"""What the clients know: every request they meant, and how each of its tries ended. Kept outside the system."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["report", "entry", "sheet", "call", "readings", "action"]
Outcome = Literal["ok", "refused", "away", "unknown"]
AWAY = (503, 507)


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt: `away` is a 503 or 507, `unknown` no answer at all. Times are of the monotonic clock."""

    outcome: Outcome
    status: int
    began: float
    took_s: float
    answer: str = ""
    retry_after: bool = False


@dataclass(slots=True)
class Sent:
    """One request as meant; all its tries carry the same key and body. `id` is what the system called it."""

    kind: Kind
    key: str
    facts: dict[str, Any]
    tries: list[Try] = field(default_factory=list)
    id: str = ""

    @property
    def ok(self) -> bool:
        """Whether it was acknowledged."""
        return any(one.outcome == "ok" for one in self.tries)

    @property
    def unknown(self) -> bool:
        """Whether it may or may not have been taken."""
        return not self.ok and any(one.outcome in ("unknown", "away") for one in self.tries)


class ClientLog:
    """Every request of one run."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.began = time.monotonic()

    def of(self, kind: Kind) -> list[Sent]:
        return [one for one in self.sent if one.kind == kind]

    def begin(self, kind: Kind, key: str, **facts: Any) -> Sent:
        """Notes a request before it is sent."""
        sent = Sent(kind, key, facts)
        self.sent.append(sent)
        return sent

    @property
    def acknowledged(self) -> int:
        return sum(one.ok for one in self.sent)

    def tries_since(self, moment: float) -> list[Try]:
        """Every try that began after a moment of the monotonic clock."""
        return [one for sent in self.sent for one in sent.tries if one.began >= moment]


def digest(body: bytes) -> str:
    """An answer's body, short enough to keep."""
    return hashlib.sha256(body).hexdigest()[:16]
