"""What the kernel says of the machine's clock."""

from __future__ import annotations

import ctypes

_UNSYNCHRONISED = 5  # TIME_ERROR of adjtimex(2)
_TIMEX_BYTES = 512  # more than the kernel's struct; all zero asks and sets nothing


def clock_is_kept() -> bool | None:
    """Whether something keeps the clock right; None where the system does not tell."""
    try:
        state = int(ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES)))
    except (OSError, AttributeError):
        return None
    return None if state < 0 else state != _UNSYNCHRONISED
