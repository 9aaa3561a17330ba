"""How a part and a source stand at the moment somebody looks: what they last said, held against its age and against
what the supervisor sees. Pure: nobody is believed to be well only because they were when they last spoke.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from ioc.core.clock import iso, parse_time
from ioc.core.text import Text, counted
from ioc.host.source_book import LATE_AFTER_PERIODS
from ioc.host.watched import Watched
from ioc.store.errors import in_both

SILENT_AFTER = timedelta(seconds=5)  # every part says once a second how it is
STARTING_MOST = timedelta(seconds=60)  # as long as the supervisor waits for the first heartbeat
PROOF_S = (6.0, 30.0)  # a part that failed again and again is believed after so long: at least, at most
OUTLIVES = 1.5  # and after so many times the longest of its short lives
WRITTEN_EVERY_S = 5.0  # a source's last word may be stored that much later

_PLATFORM = {
    "api": Text("Dịch vụ web", "Web service"),
    "desk": Text("Bàn trực", "Desk"),
    "cameras": Text("Camera", "Cameras"),
    "simulator": Text("Bộ mô phỏng", "Simulator"),
    "bus": Text("Kênh tin nhanh", "Quick channel"),
    "broker": Text("Máy chủ MQTT", "MQTT broker"),
}
_NOTHING = Text("", "")
_SILENT = Text("Không phản hồi", "It says nothing")
_STARTING = Text("Đang khởi động", "Starting")
_UNWATCHED = Text("Phân hệ theo dõi nguồn này không phản hồi", "The module that watches this source says nothing")


def part_now(
    name: str, said: dict[str, Any] | None, heard: datetime | None, watched: Watched | None, now: datetime
) -> dict[str, Any]:
    """The card of a part: `said` is its own last word, from `heard`; `watched` is what its supervisor knows."""
    card: dict[str, Any] = {"state": "starting", "since": None, **_head(name)} | (said or {})
    if watched is None:
        return card | (_by_age(card, heard, now) if heard else {"detail": plain(_STARTING)})
    return card | _by_lives(card, heard, watched, now) | _history(watched)


def source_now(body: dict[str, Any], part: dict[str, Any] | None, now: datetime, gap_periods: float) -> dict[str, Any]:
    """The card of a source: while the part that watches it is not live, its state is what its age says."""
    if part is not None and part["state"] == "live":
        return body
    why = _UNWATCHED if part is None else _unwatched(part)
    since = part.get("since") if part else None
    return body | {"state": _by_silence(body, now, gap_periods), "since": since, "reason": plain(why)}


def plain(text: Text) -> dict[str, str]:
    """Both languages as a card holds them."""
    return {"vi": text.vi, "en": text.en}


def takes_nothing(why: str) -> Text:
    """What is said of a store that answers and refuses what is written."""
    reason = in_both(why)
    return Text(f"Không ghi được dữ liệu: {reason.vi}", f"Nothing can be written: {reason.en}")


def _head(name: str) -> dict[str, Any]:
    title = _PLATFORM.get(name)
    return {"title": plain(title or Text(name, name)), "detail": plain(_NOTHING), "platform": title is not None}


def _by_age(card: dict[str, Any], heard: datetime, now: datetime) -> dict[str, Any]:
    if now - heard > SILENT_AFTER and card["state"] != "stopped":
        return {"state": "failed", "since": iso(heard), "detail": plain(_SILENT)}
    return {}


def _by_lives(card: dict[str, Any], heard: datetime | None, watched: Watched, now: datetime) -> dict[str, Any]:
    fresh = heard is not None and heard >= watched.since and watched.running
    if _crashing(watched, now, proven=fresh or not watched.announces):
        return _crash(watched)
    if not watched.running:
        return _state("starting", watched.since, _again(watched))
    if not watched.announces:
        return _state("live", watched.since, watched.notice or _NOTHING)
    if fresh and heard is not None:
        return _by_age(card, heard, now)
    if now - watched.since > STARTING_MOST:
        return _state("failed", watched.since, _SILENT)
    return _state("starting", watched.since, _again(watched) if watched.ended else _STARTING)


def _crashing(watched: Watched, now: datetime, *, proven: bool) -> bool:
    """Whether the part fails again and again and has not outlived that yet, or said itself that it cannot live."""
    if watched.failures == 0 or watched.ended is None:
        return False
    if watched.failures == 1:
        return watched.ended.own_fault and not proven
    least, most = PROOF_S
    needed = min(most, max(least, OUTLIVES * watched.longest_s))
    return not (watched.running and proven and (now - watched.since).total_seconds() >= needed)


def _crash(watched: Watched) -> dict[str, Any]:
    """`failed` where its own code or set-up does not work, `failing` where something else ends it."""
    ended = watched.ended
    reason, fault = (ended.reason, ended.own_fault) if ended else (_NOTHING, False)
    count = watched.failures
    words = Text(
        f"Dừng {count} lần liên tiếp; lần cuối: {reason.vi}",
        f"Ended {counted(count, 'time')} in a row; last: {reason.en}",
    )
    return _state("failed" if fault else "failing", watched.failing_since or watched.since, words)


def _again(watched: Watched) -> Text:
    reason = watched.ended.reason if watched.ended else _NOTHING
    return Text(f"Đang khởi động lại; lần trước: {reason.vi}", f"Starting again; before: {reason.en}")


def _history(watched: Watched) -> dict[str, Any]:
    ended = watched.ended
    return {
        "announces": watched.announces,
        "restarts": watched.restarts,
        "ended_at": iso(ended.at) if ended else None,
        "ended": plain(ended.reason) if ended else None,
    }


def _state(state: str, since: datetime, detail: Text) -> dict[str, Any]:
    return {"state": state, "since": iso(since), "detail": plain(detail)}


def _unwatched(part: dict[str, Any]) -> Text:
    detail = part["detail"]
    return Text(f"{_UNWATCHED.vi}: {detail['vi']}", f"{_UNWATCHED.en}: {detail['en']}")


def _by_silence(body: dict[str, Any], now: datetime, gap_periods: float) -> str:
    period, last = body.get("period_s"), body.get("last_at")
    if not period or not last:
        return "unknown"
    quiet = (now - parse_time(last)).total_seconds() - max(WRITTEN_EVERY_S, period)
    if quiet > gap_periods * period:
        return "silent"
    return "late" if quiet > LATE_AFTER_PERIODS * period else "unknown"
