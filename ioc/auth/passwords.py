"""Passwords: argon2id, in threads of their own and never more than two at once, so that the loop goes on meanwhile.

The cost is the one OWASP's Password Storage Cheat Sheet recommends (19 MiB, two passes, one lane): a sixth of the
library's default in processor time, which on a busy machine of two cores makes a moment of what were seconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ioc.core.errors import bad_field
from ioc.core.text import fold, nfc

MIN_LENGTH = 14  # without a second factor
MAX_LENGTH = 256
MIN_DIFFERENT = 6
AT_ONCE = 2  # each takes 19 MiB for a moment

_Result = TypeVar("_Result")
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="password")


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

    async def keep(self, password: str) -> str:
        """The argon2id text to keep."""
        return await _beside_the_loop(lambda: _hasher.hash(nfc(password)))

    async def fits(self, kept: str | None, password: str) -> bool:
        """Whether the password is the kept one; as slow for an account that does not exist (`kept` None)."""
        return await _beside_the_loop(lambda: _verify(kept or _nobody(), nfc(password))) and kept is not None

    def outdated(self, kept: str) -> bool:
        """Whether the text was made at another cost, so that it is to be made anew while the password is at hand."""
        try:
            return _hasher.check_needs_rehash(kept)
        except InvalidHashError:
            return True


async def _beside_the_loop(work: Callable[[], _Result]) -> _Result:
    return await asyncio.get_running_loop().run_in_executor(_threads, work)


@cache
def _nobody() -> str:
    return _hasher.hash("no account has this password")


def _verify(kept: str, password: str) -> bool:
    try:
        return _hasher.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False
