"""What a camera answers over RTSP (RFC 2326), read as FFmpeg reads it, so that none is taken for another. Pure.

Answers may have frames of media between them (`$`, channel, length). Whatever FFmpeg might read in another way than we
do is strange, and refused: a camera that means well says nothing of the kind before it plays.
"""

from __future__ import annotations

import re
from typing import NamedTuple

MOST_HEAD = 16 * 1024
MOST_LINE = 4_000  # FFmpeg cuts longer lines off
_END = re.compile(rb"\n\r*\n")
_STATUS = re.compile(rb"RTSP/\d\.\d (\d{3})(?: [^\n]*)?")
_LENGTH = re.compile(rb"content-length: *(\d{1,7}) *", re.IGNORECASE)
_CHALLENGE = b"www-authenticate:"
_STALE = re.compile(rb'digest .*\bstale="?true\b', re.IGNORECASE)  # RFC 2617, 3.2.1
_FRAME = 4  # bytes before the media of a frame


class Strange(ValueError):
    """What came is no answer, or one that can be read in two ways."""


class Answer(NamedTuple):
    """The status code of an answer, and the lines in which it asks for a login."""

    status: int
    challenges: tuple[bytes, ...] = ()

    @property
    def stale(self) -> bool:
        """Whether the login was answered well, but to a challenge that has become too old."""
        return any(_STALE.search(line) for line in self.challenges)


class Answers:
    """Follows a connection from its first byte on."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._skip = 0

    def see(self, data: bytes) -> list[Answer]:
        """The answers whose heads end in these bytes.

        Raises:
            Strange: see above.
        """
        self._rest += data
        found = []
        while self._passed():
            if self._rest[:1] == b"$":
                if len(self._rest) < _FRAME:
                    break
                self._skip = _FRAME + int.from_bytes(self._rest[2:4], "big")
                continue
            end = _END.search(self._rest)
            if end is None:
                if len(self._rest) > MOST_HEAD:
                    raise Strange("a head without end")
                break
            answer, length = _read(bytes(self._rest[: end.start()]))
            found.append(answer)
            self._skip = end.end() + length
        return found

    def _passed(self) -> bool:
        """Lets go what is to be skipped; whether something is left to be read."""
        gone = min(self._skip, len(self._rest))
        del self._rest[:gone]
        self._skip -= gone
        return bool(self._rest)


def _read(head: bytes) -> tuple[Answer, int]:
    """The answer and the length of its body."""
    lines = head.replace(b"\r", b"").split(b"\n")
    if any(line.startswith(b"$") or len(line) > MOST_LINE for line in lines) or b"\0" in head:
        raise Strange("a line that is none")
    status = _STATUS.fullmatch(lines[0])
    named = [line for line in lines[1:] if line.lower().lstrip().startswith(b"content-length")]
    lengths = [_LENGTH.fullmatch(line) for line in named]
    if status is None or len(lengths) > 1 or None in lengths:
        raise Strange("no answer")
    challenges = tuple(line for line in lines[1:] if line.lower().startswith(_CHALLENGE))
    return Answer(int(status[1]), challenges), int(lengths[0][1]) if lengths and lengths[0] else 0
