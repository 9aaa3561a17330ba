"""Many dead letters with one command: asked for again, or given up."""

from __future__ import annotations

from enum import StrEnum

from ioc.cli.say import say
from ioc.cli.target import Target, in_store, looked_at
from ioc.core.text import Text, counted
from ioc.core.unreadable import UNREADABLE
from ioc.store.dead_reading import DeadLetter, Kind, chosen


class SetAside(StrEnum):
    """What a letter is about."""

    EVENT = "event"
    READING = "reading"


KINDS: dict[SetAside, Kind] = {SetAside.EVENT: "buried", SetAside.READING: "reading"}


def replay_all(to: Target, consumer: str | None, matching: str | None) -> None:
    """Asks for every key that has such an event, and says how many they are."""
    letters = _chosen(to, consumer, SetAside.EVENT, matching)
    able = [one for one in letters if one.recorded.envelope.type != UNREADABLE]
    keys = sorted({(one.consumer, one.partitionkey) for one in able})
    asked = in_store(to, lambda store: store.dead.ask_all(keys, by="cli"))
    if not keys:
        say(Text("Không có sự kiện nào để xử lý lại", "There is no event to be handled again"))
    else:
        vi = f"✓ Đã yêu cầu xử lý lại {asked} khoá ({len(able)} sự kiện hỏng)"
        en = f"Asked for {counted(asked, 'key')}; {counted(len(able), 'event')} could not be handled"
        before = len(keys) - asked
        more_vi = f"; {before} khoá đã được yêu cầu từ trước" if before else ""
        more_en = f"; {counted(before, 'key was', 'keys were')} asked for before" if before else ""
        say(Text(f"{vi}{more_vi}. Xem ioc dead list", f"{en}{more_en}. See ioc dead list"), "green")
    if unread := len(letters) - len(able):
        events = counted(unread, "event is", "events are")
        say(Text(f"{unread} sự kiện không đọc được, để nguyên", f"{events} unreadable and left as they are"), "yellow")


def drop_all(
    to: Target, consumer: str | None, kind: SetAside | None, matching: str | None, *, by: str, reason: str
) -> None:
    """Gives every such letter up, and says how many they were."""
    letters = _chosen(to, consumer, kind, matching)
    named = [(one.consumer, one.recorded.position) for one in letters if one.recorded.position > 0]
    gone = in_store(to, lambda store: store.dead.drop_all(named, by=by, reason=reason))
    vi, en = f"✓ Đã bỏ hẳn {gone}, có ghi nhật ký kiểm tra", f"Given up for good: {gone}; the audit trail tells each"
    say(Text(vi, en) if gone else Text("Không có gì để bỏ", "There is nothing to give up"), "green" if gone else "")
    if odd := len(letters) - len(named):
        rows = counted(odd, "damaged row", "damaged rows")
        say(Text(f"{odd} hàng hỏng, để nguyên: ioc dead list", f"{rows} left as they are: ioc dead list"), "yellow")


def _chosen(to: Target, consumer: str | None, kind: SetAside | None, matching: str | None) -> list[DeadLetter]:
    with looked_at(to) as connection:
        return list(chosen(connection, consumer=consumer, kind=KINDS[kind] if kind else None, words=matching))
