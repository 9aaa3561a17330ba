"""The secret code by which a citizen comes back to a report: 100 bits, easy to read out and to type."""

from __future__ import annotations

import hashlib
import secrets

# Crockford's base 32: no I, L, O, U, so that nothing is misread or spells a word.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 20
BITS = LENGTH * 5
_GROUP = 5
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})
_STRONG_KEY = 22  # characters of a client's key from which it may be trusted to be no guess and nobody else's


def new_code() -> str:
    """A code nobody can guess."""
    return _spell(secrets.token_bytes(LENGTH))


def is_strong(key: str) -> bool:
    """Whether a client's key is long enough to be its own alone."""
    return len(key) >= _STRONG_KEY


def code_from(key: str, body: bytes) -> str | None:
    """The code of a repeatable request, the same each time: made of the client's own secret key and what it sent.

    So a repeat is answered alike though only the code's hash is kept. None where the key is too short to be secret.
    """
    if not is_strong(key):
        return None
    return _spell(hashlib.blake2b(body, key=hashlib.sha256(key.encode()).digest(), person=b"citizen-status").digest())


def fingerprint(code: str) -> str:
    """What is kept of a code: its hash, blind to case, spaces, hyphens and misread letters."""
    return hashlib.sha256(_plain(code).encode("utf-8", "replace")).hexdigest()


def well_formed(code: str) -> bool:
    """Whether the text can be a code at all."""
    plain = _plain(code)
    return len(plain) == LENGTH and all(char in ALPHABET for char in plain)


def spelled(code: str) -> str:
    """A well-formed code as it is shown: capitals in groups of five."""
    plain = _plain(code)
    return "-".join(plain[i : i + _GROUP] for i in range(0, len(plain), _GROUP))


def _plain(code: str) -> str:
    return code.upper().replace("-", "").replace(" ", "").translate(_MISREAD)


def _spell(random: bytes) -> str:
    return spelled("".join(ALPHABET[byte % len(ALPHABET)] for byte in random[:LENGTH]))
