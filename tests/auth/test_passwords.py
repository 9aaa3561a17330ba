"""What a kept password costs to guess, at the product's own cost."""

from __future__ import annotations

import unicodedata

from ioc.auth.passwords import Passwords

PASSWORD = "mật khẩu đủ dài 1"


async def test_a_password_is_kept_at_the_cost_the_standard_recommends() -> None:
    kept = await Passwords().keep(PASSWORD)
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert PASSWORD not in kept


async def test_the_kept_password_fits_however_its_marks_are_typed_and_no_other_does() -> None:
    passwords = Passwords()
    kept = await passwords.keep(PASSWORD)
    assert await passwords.fits(kept, unicodedata.normalize("NFD", PASSWORD))
    assert not await passwords.fits(kept, PASSWORD + "2")
    assert not await passwords.fits(None, "no account has this password")
    assert not await passwords.fits("rubbish", PASSWORD)
