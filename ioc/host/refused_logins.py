"""Logins that an MQTT broker refused, counted from its log. The log names neither users nor passwords; the address of
the client stands in the line before, or in the line itself since mosquitto 2.0.16.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from ioc.core.clock import VIETNAM
from ioc.core.text import Text, counted

MOST_BYTES = 4 * 1024 * 1024  # a log that grew beyond is emptied: whoever knocks without end must not fill the disk

_CAME = re.compile(r"\d+: New connection from (?P<address>\S+):\d+ on port \d+\.")
_REFUSED = re.compile(r"(?P<at>\d+): Client .*?(?:\[(?P<address>\S+):\d+\] )?disconnected, not authorised\.")


class RefusedLogins:
    """What one log has said since this process began."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._read_to = log.stat().st_size if log.exists() else 0
        self._before = ""
        self._rest = ""
        self.count = 0
        self.last_at: datetime | None = None
        self.last_from: str | None = None

    def look(self) -> int:
        """Reads on; how many more there are. A log that is away or was emptied is read from its start."""
        before = self.count
        *lines, self._rest = (self._rest + self._new_text()).split("\n")
        for line in lines:
            self._hear(line)
        return self.count - before

    def told(self) -> Text | None:
        """How many and when the last one came, for people; None where there was none."""
        if self.last_at is None:
            return None
        at = self.last_at.astimezone(VIETNAM).strftime("%H:%M:%S %d/%m/%Y")
        vi, en = (f", từ {self.last_from}", f", from {self.last_from}") if self.last_from else ("", "")
        return Text(
            f"Từ chối {self.count} lần đăng nhập; lần cuối lúc {at}{vi}",
            f"Refused {counted(self.count, 'login')}; last {at}{en}",
        )

    def _new_text(self) -> str:
        try:
            with self._log.open("rb") as log:
                size = log.seek(0, 2)
                log.seek(self._read_to if self._read_to <= size else 0)
                text = log.read()
                self._read_to = log.tell()
            if self._read_to > MOST_BYTES:
                self._log.open("wb").close()
                self._read_to = 0
        except OSError:
            return ""
        return text.decode("utf-8", "replace")

    def _hear(self, line: str) -> None:
        if found := _REFUSED.match(line):
            came = _CAME.match(self._before)
            self.count += 1
            self.last_at = datetime.fromtimestamp(int(found["at"]), UTC)
            self.last_from = found["address"] or (came["address"] if came else None)
        self._before = line
