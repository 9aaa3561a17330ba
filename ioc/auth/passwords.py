"""Passwords: argon2id (RFC 9106, second recommended option), never more than two at once."""

from __future__ import annotations

import asyncio
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from ioc.core.errors import bad_field
from ioc.core.text import fold, nfc

MIN_LENGTH = 14  # without a second factor
MAX_LENGTH = 256
MIN_DIFFERENT = 6
AT_ONCE = 2  # each takes 64 MiB for a moment

_hasher = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)


def check_password(password: str, username: str) -> None:
    """Whether a new password is fit.

    Raises:
        Problem: 422 with the reason.
    """
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise bad_field(
            "password",
            f"Mật khẩu phải dài từ {MIN_LENGTH} đến {MAX_LENGTH} ký tự",
            f"The password must have {MIN_LENGTH} to {MAX_LENGTH} characters",
        )
    if len(set(password)) < MIN_DIFFERENT or fold(username) in fold(password):
        raise bad_field(
            "password",
            "Mật khẩu quá dễ đoán: đừng lặp ký tự, đừng chứa tên đăng nhập",
            "The password is too easy to guess: do not repeat characters or include the user name",
        )


class Passwords:
    """Makes and checks the texts kept in the place of passwords."""

    def __init__(self) -> None:
        self._at_once = asyncio.Semaphore(AT_ONCE)

    async def keep(self, password: str) -> str:
        """The argon2id text to keep."""
        async with self._at_once:
            return await asyncio.to_thread(_hasher.hash, nfc(password))

    async def fits(self, kept: str | None, password: str) -> bool:
        """Whether the password is the kept one; as slow for an account that does not exist (`kept` None)."""
        async with self._at_once:
            return await asyncio.to_thread(_verify, kept or _nobody(), nfc(password)) and kept is not None


@cache
def _nobody() -> str:
    return _hasher.hash("no account has this password")


def _verify(kept: str, password: str) -> bool:
    try:
        return _hasher.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False
