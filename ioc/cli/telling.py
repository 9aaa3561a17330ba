"""Telling a story to a running demonstration, and watching what it makes of it."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec

from ioc.cli.demo_ready import readiness
from ioc.cli.say import say
from ioc.core.clock import iso, parse_time
from ioc.core.errors import Problem
from ioc.core.ids import new_id
from ioc.core.text import Text
from ioc.demo.director import Order, lay_order
from ioc.demo.scenario.judging import Verdict, deadline, judge
from ioc.demo.scenario.model import Scenario
from ioc.demo.settings import state_dir_of
from ioc.demo.truth import read_truth
from ioc.host.ports import free_port

READY_S = 90.0
SETTLE_S = 30.0
TAKEN_S = 15.0  # until the simulator has begun to tell
LOOK_S = 0.5
PATIENCE_S = 60.0  # so long a city may be without an answer while a story is told
FIRST_PATIENCE_S = 5.0  # before it was heard at all: the port may be a wrong one
LATELY = timedelta(minutes=15)
PAGE = 500
MOST_PAGES = 20
COMMAND = "import sys; from ioc.cli import main; sys.exit(main())"

Line = dict[str, Any]


class Running(msgspec.Struct, frozen=True):
    """A demonstration that runs: where it answers, and where its data lie."""

    base: str
    state_dir: Path


class Told(msgspec.Struct, frozen=True):
    """A story that was told, and what came of it."""

    run: str
    verdict: Verdict


def running_city(city: str, port: int, state: Path | None) -> Running:
    """A demonstration somebody else started."""
    return Running(f"http://127.0.0.1:{port}", (state or state_dir_of(city)).absolute())


@contextmanager
def private_city(city_dir: Path, *, quiet: bool) -> Iterator[Running]:
    """A calm city of our own in a temporary folder; it ends with the block.

    Raises:
        Problem: it does not start.
    """
    home = Path(tempfile.mkdtemp(prefix="ioc-story-"))
    running = Running(f"http://127.0.0.1:{free_port()}", home / "state")
    _tell(Text("· khởi động một thành phố riêng", "starting a private city"), quiet=quiet)
    with (home / "log").open("wb") as log:
        arguments = ["demo", "--calm", "--city", str(city_dir), "--state", str(running.state_dir)]
        process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-c", COMMAND, *arguments, "--port", running.base.rpartition(":")[2]],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_ready(running, process, home / "log")
        yield running
    finally:
        _end(process)
        shutil.rmtree(home, ignore_errors=True)


def tell(running: Running, story: Scenario, text: str, speed: float, *, quiet: bool) -> Told:
    """Tells the story and watches until all it expects is found or can no more be found.

    Raises:
        Problem: there is no simulator that tells it, or the city does not answer.
    """
    try:
        door = Patient(quiet=quiet)
        with httpx.Client(base_url=running.base, timeout=10, transport=door) as city:
            return _tell_to(city, running, story, Order(text, speed), quiet=quiet)
    except httpx.HTTPError as error:
        title = Text(f"Không có thành phố nào trả lời ở {running.base}", f"No city answers at {running.base}")
        raise Problem("no-city", title, detail=Text(type(error).__name__, type(error).__name__)) from error


class Patient(httpx.HTTPTransport):
    """Asks again for a while where the city does not answer, and says so: its web service may be starting again."""

    def __init__(self, *, quiet: bool, patience_s: float = PATIENCE_S) -> None:
        super().__init__(trust_env=False)
        self._quiet = quiet
        self._patience_s = patience_s
        self._heard = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """As the transport does, but for some time again and again."""
        patience_s = self._patience_s if self._heard else min(self._patience_s, FIRST_PATIENCE_S)
        until, told = time.monotonic() + patience_s, False
        while True:
            try:
                answer = super().handle_request(request)
            except httpx.TransportError:
                if time.monotonic() >= until:
                    raise
                if not told:
                    _tell(Text("… thành phố không trả lời, thử lại", "no answer, trying again"), quiet=self._quiet)
                told = True
                time.sleep(LOOK_S)
            else:
                if told:
                    _tell(Text("· thành phố trả lời lại", "the city answers again"), quiet=self._quiet)
                self._heard = True
                return answer


def _tell_to(city: httpx.Client, running: Running, story: Scenario, order: Order, *, quiet: bool) -> Told:
    run = new_id()
    _wait_settled(city)
    lay_order(running.state_dir, run, order)
    line = _wait_begun(running, run)
    _tell(Text(f"· kể: {story.head.name.vi}", f"telling: {story.head.name.en}"), quiet=quiet)
    shown: set[str] = set()
    while True:
        verdict = judge(line, _events(city, parse_time(line["at"])), _others(running, line))
        _show_new(verdict, shown, quiet=quiet)
        if verdict.found_all or datetime.now(UTC) > deadline(line) + timedelta(seconds=LOOK_S):
            return Told(run, verdict)
        time.sleep(LOOK_S)


def _wait_ready(running: Running, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + READY_S
    reasons: tuple[Text, ...] = ()
    with httpx.Client(timeout=5, trust_env=False) as client:
        while time.monotonic() < until and process.poll() is None:
            state = readiness(client, running.base)
            if state.ready:
                return
            reasons = tuple(state.reasons)
            time.sleep(LOOK_S)
    title = Text("Thành phố riêng không khởi động được", "The private city does not start")
    if process.poll() is None:
        detail = Text("; ".join(one.vi for one in reasons), "; ".join(one.en for one in reasons))
    else:
        detail = last_words(log.read_text(encoding="utf-8", errors="replace"))
    raise Problem("city-not-ready", title, detail=detail)


def last_words(log: str) -> Text:
    """What a command last said to people, in both languages; lines of its log, which are for programs, are left out.

    A command says a line in Vietnamese and English with a slash between, and a refusal on a line for each language.
    """
    lines = [line.strip() for line in log.splitlines() if line.strip() and not line.lstrip().startswith("{")]
    refused = next((n for n in range(len(lines) - 1, -1, -1) if lines[n].startswith("✗")), None)
    if refused is None:
        nothing = Text("tiến trình kết thúc mà không nói lý do", "the process ended and gave no reason")
        return _halves(lines[-1]) if lines else nothing
    title, *rest = lines[refused:]
    if " / " in title:
        return _halves(title.removeprefix("✗ "))
    points = [_point(line.removeprefix("· ")) for line in rest if line.startswith("· ")]
    plain = [line for line in rest if not line.startswith("· ")]
    vi = [title.removeprefix("✗ "), *plain[1::2], *(one.vi for one in points)]
    en = [*plain[::2], *(one.en for one in points)]
    return Text("; ".join(vi), "; ".join(en))


def _point(line: str) -> Text:
    """What is wrong with one field, its name before both languages."""
    field, _, said = line.partition(": ")
    halves = _halves(said)
    return Text(f"{field}: {halves.vi}", f"{field}: {halves.en}")


def _halves(line: str) -> Text:
    """A line said in both languages."""
    vi, _, en = line.partition(" / ")
    return Text(vi.strip(), (en or vi).strip())


def _wait_settled(city: httpx.Client) -> None:
    """Waits until every source speaks, for some time at most: a story should not begin among starting cameras."""
    until = time.monotonic() + SETTLE_S
    while time.monotonic() < until:
        answer = city.get("/api/v1/sources")
        states = [one["state"] for one in answer.json()["sources"]] if answer.is_success else []
        if states and all(state == "live" for state in states):
            return
        time.sleep(LOOK_S)


def _wait_begun(running: Running, run: str) -> Line:
    until = time.monotonic() + TAKEN_S
    while time.monotonic() < until:
        for line in read_truth(running.state_dir, run):
            if line["kind"] == "story":
                return line
        time.sleep(LOOK_S / 5)
    raise Problem(
        "no-simulator",
        Text("Không có bộ mô phỏng nào kể chuyện này", "There is no simulator that tells this story"),
        detail=Text(
            f"Kiểm tra --port và --state; thư mục đang dùng: {running.state_dir}",
            f"Look at --port and --state; the folder in use: {running.state_dir}",
        ),
    )


def _others(running: Running, mine: Line) -> list[Line]:
    """Other stories told lately: what they bring about is no false alarm."""
    since = iso(parse_time(mine["at"]) - LATELY)
    stories = [line for line in read_truth(running.state_dir) if line["kind"] == "story" and line["at"] >= since]
    return [line for line in stories if line["run"] != mine["run"]]


def _events(city: httpx.Client, since: datetime) -> list[Line]:
    found: list[Line] = []
    before: int | None = None
    for _ in range(MOST_PAGES):
        wanted: dict[str, str | int] = {"since": iso(since - timedelta(seconds=2)), "limit": PAGE}
        answer = city.get("/api/v1/events", params=wanted | ({"before": before} if before else {}))
        if answer.is_error:
            break  # the city is busy; the next look may see more
        body = answer.json()
        found += body["events"]
        before = body["next"]
        if before is None:
            break
    return found


def _show_new(verdict: Verdict, shown: set[str], *, quiet: bool) -> None:
    for row in verdict.rows:
        if row.found and row.found not in shown:
            shown.add(row.found)
            _tell(Text(f"  ✓ {row.event} sau {row.delay_s:g} s", f"after {row.delay_s:g} s"), quiet=quiet)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _tell(text: Text, *, quiet: bool) -> None:
    if not quiet:
        say(text)
