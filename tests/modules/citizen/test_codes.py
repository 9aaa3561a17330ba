"""The citizen's secret code."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from modules.citizen import codes


def test_a_code_has_at_least_80_bits_and_no_letter_that_is_misread() -> None:
    assert codes.BITS >= 80
    assert len(set(codes.ALPHABET)) == 32
    assert not set("ILOU") & set(codes.ALPHABET)


def test_codes_are_well_formed_and_do_not_repeat() -> None:
    made = {codes.new_code() for _ in range(2000)}
    assert len(made) == 2000
    assert all(codes.well_formed(code) for code in made)


def test_every_letter_of_the_alphabet_is_used() -> None:
    assert set("".join(codes.new_code() for _ in range(200))) - {"-"} == set(codes.ALPHABET)


@given(st.binary(min_size=40, max_size=40))
def test_how_a_code_is_typed_makes_no_difference(body: bytes) -> None:
    code = codes.code_from("k" * 32, body)
    assert code is not None
    typed = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert codes.fingerprint(typed) == codes.fingerprint(code)
    assert codes.well_formed(typed)
    assert codes.spelled(typed) == code


def test_the_code_of_a_repeat_is_the_same_and_of_another_request_is_not() -> None:
    assert codes.code_from("k" * 32, b"a") == codes.code_from("k" * 32, b"a")
    assert codes.code_from("k" * 32, b"a") != codes.code_from("k" * 32, b"b")
    assert codes.code_from("k" * 32, b"a") != codes.code_from("l" * 32, b"a")


def test_a_short_key_makes_no_secret() -> None:
    assert codes.code_from("1", b"a") is None


@given(st.text(max_size=60))
def test_any_text_can_be_asked_about(text: str) -> None:
    assert len(codes.fingerprint(text)) == 64
    codes.well_formed(text)
