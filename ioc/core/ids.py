"""Identity: UUIDv7, so that ids made later sort later (RFC 9562)."""

from __future__ import annotations

import uuid

import uuid_utils


def new_id() -> str:
    """A new UUIDv7 in its canonical 36-character form."""
    return str(uuid_utils.uuid7())


def is_id(text: str) -> bool:
    """Whether the text is a UUID of any version in canonical form."""
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False
