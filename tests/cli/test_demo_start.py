"""What `ioc demo` says while a city is not ready, and how it finds its broker."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from ioc.cli.demo_broker import demo_broker
from ioc.cli.demo_ready import LIMIT_S, TELL_S, Patience, Readiness, readiness
from ioc.core.errors import Problem
from ioc.core.text import Text
from ioc.demo.settings import demo_settings
from ioc.settings import Settings
from tests.running import ROOT

REASONS = [{"vi": "module media: chưa sẵn sàng", "en": "module media: not ready"}]


def asked(status: int, **body: object) -> Readiness:
    answer = httpx.MockTransport(lambda _request: httpx.Response(status, json=body))
    return readiness(httpx.Client(transport=answer), "http://city")


def test_the_reasons_are_those_the_city_gives():
    assert asked(200) == Readiness(True)
    assert asked(503, reasons=REASONS).reasons == (Text("module media: chưa sẵn sàng", "module media: not ready"),)
    assert "500" in asked(500, detail="x").reasons[0].en


def test_no_answer_is_a_reason():
    def nobody(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    state = readiness(httpx.Client(transport=httpx.MockTransport(nobody)), "http://city")
    assert (state.ready, len(state.reasons)) == (False, 1)


def test_a_city_that_runs_on_is_waited_for_for_ever_and_says_so_once_a_minute():
    patience = Patience(1000.0, endless=True)
    told = [second for second in range(1000, 1300) if patience.to_tell(float(second))]
    assert told == [1060, 1120, 1180, 1240]
    assert not patience.over(1e9)
    assert TELL_S == 60


def test_a_run_that_ends_by_itself_gives_up():
    patience = Patience(1000.0, endless=False)
    assert not patience.over(1000.0 + LIMIT_S - 1)
    assert patience.over(1000.0 + LIMIT_S)


def settings_with(tmp_path: Path, url: str, password: str = "") -> Settings:
    named = {"mqtt_url": url, "mqtt_password": SecretStr(password)}
    return demo_settings(ROOT / "cities" / "thanh-hoa", tmp_path).model_copy(update=named)


@pytest.mark.parametrize(
    ("url", "password", "expected"),
    [
        ("mqtt://sim@broker:1884", "bí/mật@1", "mqtt://sim:b%C3%AD%2Fm%E1%BA%ADt%401@broker:1884"),
        ("mqtt://sim:in@broker", "", "mqtt://sim:in@broker:1883"),
        ("mqtt://broker", "", "mqtt://broker"),
        ("mqtt://sim@[::1]:1884", "x", "mqtt://sim:x@[::1]:1884"),
    ],
)
def test_the_simulator_gets_the_password_of_the_environment(tmp_path: Path, url: str, password: str, expected: str):
    assert demo_broker(settings_with(tmp_path, url, password)).simulator_url == expected


def test_a_broker_that_cannot_be_read_is_refused(tmp_path: Path):
    with pytest.raises(Problem) as refused:
        demo_broker(settings_with(tmp_path, "http://broker"))
    assert refused.value.code == "bad-broker"
