"""What a fault says of itself, as it may be kept: whoever wrote it may not have thought of that. Pure."""

from __future__ import annotations


def words_of(fault: BaseException) -> str:
    """Kind and words of a fault."""
    return f"{type(fault).__name__}: {said_by(fault)}"


def said_by(fault: BaseException) -> str:
    """The words alone; what no store takes (NUL, half of a surrogate pair) is replaced, and words that cannot be had
    are said to be missing."""
    try:
        return storable(str(fault))
    except Exception as error:  # its own code fails
        return f"<{type(error).__name__} when asked what is wrong>"


def storable(text: str) -> str:
    """The text without what a database or UTF-8 refuses."""
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()
