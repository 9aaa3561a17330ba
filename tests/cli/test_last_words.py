"""Why a private city did not start, as its command said it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from ioc.cli import say
from ioc.cli.say import PlainConsole
from ioc.cli.telling import last_words, private_city
from ioc.core.errors import FieldError, Problem
from ioc.core.text import Text

LOG_LINE = '{"at": "2026-11-30T02:00:00Z", "event": "child started", "child": "api", "level": "info"}\n'
PORT = Problem("port-taken", Text("Cổng 8000 đang được dùng", "Port 8000 is taken"))


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    stream = io.StringIO()
    for name in ("console", "errors"):
        monkeypatch.setattr(say, name, PlainConsole(file=stream))
    yield stream


def test_a_refusal_is_told_again_in_both_languages(heard: io.StringIO) -> None:
    say.refuse(PORT)
    assert last_words(heard.getvalue() + LOG_LINE) == Text("Cổng 8000 đang được dùng", "Port 8000 is taken")


def test_a_refusal_with_details_and_fields_is_told_whole(heard: io.StringIO) -> None:
    one = FieldError("city.toml id", Text("thiếu", "missing"))
    say.refuse(Problem("bad", Text("Hồ sơ hỏng", "Bad profile"), detail=Text("Xem lại", "Look at it"), errors=(one,)))
    told = last_words(LOG_LINE + heard.getvalue() + LOG_LINE)
    assert told == Text("Hồ sơ hỏng; Xem lại; city.toml id: thiếu", "Bad profile; Look at it; city.toml id: missing")


def test_a_line_in_both_languages_is_told_in_both(heard: io.StringIO) -> None:
    say.say(Text("✗ Chưa sẵn sàng, dừng lại", "Not ready, giving up"))
    assert last_words(heard.getvalue()) == Text("Chưa sẵn sàng, dừng lại", "Not ready, giving up")


def test_lines_for_programs_are_no_reason() -> None:
    told = last_words(LOG_LINE * 5)
    assert "{" not in told.vi + told.en and told.vi != told.en


def test_a_private_city_that_cannot_be_started_says_why_in_words(tmp_path: Path) -> None:
    with pytest.raises(Problem) as refused, private_city(tmp_path, quiet=True):
        pytest.fail("there is no profile")
    detail = refused.value.detail
    assert detail is not None and "{" not in detail.vi + detail.en and detail.vi != detail.en
