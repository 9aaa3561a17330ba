"""Reading an answer's body within bounds, on the wire and again after decompression."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator

from ioc.fetch.reasons import FetchFailed

_MIB = 1024 * 1024
_GZIP_OR_ZLIB = 47  # window bits: 15 and find out which of the two
_RAW = -15


async def read_body(parts: AsyncIterator[bytes], encoding: str, most: int) -> bytes:
    """The whole body, decompressed.

    Raises:
        FetchFailed: larger than `most` before or after decompression, broken, or packed in a way not asked for.
    """
    unpacker = unpacker_of(encoding)
    body, came = bytearray(), 0
    async for part in parts:
        came += len(part)
        if came > most:
            raise too_large(most)
        body += unpacker.unpack(part, most + 1 - len(body)) if unpacker else part
        if len(body) > most:
            raise too_large(most)
    if unpacker and came and not unpacker.whole:
        raise FetchFailed("broken-encoding")
    return bytes(body)


def too_large(most: int) -> FetchFailed:
    """The refusal of a body above `most` bytes."""
    return FetchFailed("too-large", most=f"{most / _MIB:g}")


def unpacker_of(encoding: str) -> Unpacker | None:
    """What unpacks a `Content-Encoding`, None for a plain body.

    Raises:
        FetchFailed: another encoding, or several in one another (a way to build bombs).
    """
    word = encoding.strip().lower()
    if word in ("", "identity"):
        return None
    if word in ("gzip", "x-gzip", "deflate"):
        return Unpacker()
    raise FetchFailed("bad-encoding", encoding=word[:40])


class Unpacker:
    """gzip or deflate, never giving more than asked for: a bomb is noticed before it unfolds."""

    def __init__(self) -> None:
        self._made = zlib.decompressobj(_GZIP_OR_ZLIB)
        self._begun = False

    @property
    def whole(self) -> bool:
        """Whether the packed data came to their end."""
        return self._made.eof

    def unpack(self, part: bytes, most: int) -> bytes:
        """What a part unpacks to, at most `most` bytes of it.

        Raises:
            FetchFailed: it is no such data.
        """
        if self._made.eof:
            return b""  # padding after the end is passed over
        try:
            return self._first(part, most) if not self._begun else self._made.decompress(part, most)
        except zlib.error as error:
            raise FetchFailed("broken-encoding") from error

    def _first(self, part: bytes, most: int) -> bytes:
        """Some servers send raw deflate data where the standard wants them wrapped."""
        self._begun = True
        try:
            return self._made.decompress(part, most)
        except zlib.error:
            self._made = zlib.decompressobj(_RAW)
            return self._made.decompress(part, most)
