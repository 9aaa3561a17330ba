"""How many different series one device key may speak for: a key that makes up names must not use the room of all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from ioc.core.text import Text
from ioc.store.series import SeriesKey

MOST_OF_KEY = 5_000  # the largest gateways carry some hundreds of meters
TOO_MANY = Text(
    f"Khóa này đã gửi {MOST_OF_KEY} chuỗi khác nhau hôm nay; dùng thêm khóa khác cho các chuỗi còn lại",
    f"This key has sent {MOST_OF_KEY} different series today; use another key for the rest",
)


class KeyShare:
    """What each key has spoken for today, as this process saw it; it begins anew each day."""

    def __init__(self) -> None:
        self._day = 0
        self._of: dict[str, set[SeriesKey]] = defaultdict(set)

    def takes(self, key: str, names: Collection[SeriesKey], day: int) -> bool:
        """Whether all these series still fit the key's share; if so they are noted. `day` is a number that grows."""
        if day != self._day:
            self._of.clear()
            self._day = day
        known = self._of[key]
        new = {name for name in names if name not in known}
        if len(known) + len(new) > MOST_OF_KEY:
            return False
        known |= new
        return True
