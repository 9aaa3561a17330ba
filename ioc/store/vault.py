"""The cryptography of personal data, with no database in it.

Every reference has a data key of its own, which encrypts its values (AES-256-GCM) and is itself encrypted by the
city's master key. Destroying the data key destroys the values, in every backup that does not hold the key table.
"""

from __future__ import annotations

import hashlib
import hmac
import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12
_PSEUDONYM_DIGITS = 32


class Vault:
    """Seals and opens values. What a value belongs to (city, reference, name) is bound to it: it cannot be moved."""

    def __init__(self, master: bytes, city: str) -> None:
        self._city = city
        self._wrapping = AESGCM(_derive(master, "wrap"))
        self._chain = _derive(master, "audit")
        self._pseudonyms = _derive(master, "pseudonym")
        self._fingerprints = _derive(master, "fingerprint")
        self.check = _derive(master, "check").hex()

    def new_key(self, ref: str) -> tuple[bytes, bytes]:
        """A new data key, and the same wrapped by the master key."""
        key = AESGCM.generate_key(bit_length=256)
        return key, _encrypt(self._wrapping, key, self._bound(ref))

    def unwrap(self, ref: str, wrapped: bytes) -> bytes:
        """The data key; raises cryptography's InvalidTag when it was changed or belongs elsewhere."""
        return _decrypt(self._wrapping, wrapped, self._bound(ref))

    def seal(self, key: bytes, ref: str, name: str, value: bytes) -> bytes:
        """One value, encrypted."""
        return _encrypt(AESGCM(key), value, self._bound(ref, name))

    def open(self, key: bytes, ref: str, name: str, sealed: bytes) -> bytes:
        """One value in clear; raises cryptography's InvalidTag when it was changed or belongs elsewhere."""
        return _decrypt(AESGCM(key), sealed, self._bound(ref, name))

    def pseudonym(self, purpose: str, value: str) -> str:
        """A keyed hash of a value, bound to the city and to what it is for."""
        said = self._bound(purpose, value)
        return hmac.new(self._pseudonyms, said, hashlib.sha256).hexdigest()[:_PSEUDONYM_DIGITS]

    def fingerprint(self, said: bytes) -> bytes:
        """A keyed hash of what was sent, from which nobody can try out a password that is in it."""
        return hmac.digest(self._fingerprints, said, "sha256")

    def chain_hash(self, *parts: bytes) -> bytes:
        """A keyed hash over parts, each with its length, so that no two lists of parts give the same."""
        made = hmac.new(self._chain, digestmod=hashlib.sha256)
        for part in parts:
            made.update(len(part).to_bytes(8, "big"))
            made.update(part)
        return made.digest()

    def _bound(self, *words: str) -> bytes:
        return "\0".join((self._city, *words)).encode()


def _derive(master: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"ioc {purpose}".encode()).derive(master)


def _encrypt(cipher: AESGCM, value: bytes, bound: bytes) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, value, bound)


def _decrypt(cipher: AESGCM, sealed: bytes, bound: bytes) -> bytes:
    return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound)
