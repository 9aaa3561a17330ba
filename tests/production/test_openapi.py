"""Every operation of the OpenAPI document, called with what it asks for and with what it does not: never a 5xx."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.running import running_city

ST = Path(sys.executable).parent / "st"
EXAMPLES = 12  # of each operation and phase; the nightly run makes more
STORIES = 150  # with fewer it happens that none goes beyond its first call
FAMILIES = "^/api/v1/(calls|incidents|reports|people|devices|units|security)"  # where things are made, then changed
NIGHTLY_EXAMPLES = 200


def fuzz(
    url: str,
    folder: Path,
    examples: int,
    more: Sequence[str] = ("--exclude-path", "/api/v1/session"),
    *,
    phases: str = "examples,coverage,fuzzing",
    mode: str = "all",
) -> subprocess.CompletedProcess[str]:
    """schemathesis as a stranger runs it: every phase without sessions, good and bad input, as an administrator."""
    command = [str(ST), "run", f"{url}/openapi.json", "--checks", "not_a_server_error", "--mode", mode]
    command += ["--phases", phases, "--max-examples", str(examples), "--continue-on-failure"]
    command += ["--header", "ioc-role: admin", "--request-timeout", "10", "--no-shrink", "--seed", "7"]
    command += ["--suppress-health-check", "all", "--warnings", "off", "--generation-database", "none"]
    command += more
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=1500)


@pytest.mark.timeout(400)
def test_no_operation_answers_with_a_server_error(tmp_path: Path) -> None:
    with running_city("--quiet") as city:
        answer = fuzz(city.url, tmp_path, EXAMPLES)
        assert city.ready(), "the city fell over"
    assert answer.returncode == 0, answer.stdout[-6000:]


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_no_operation_answers_with_a_server_error_at_length(tmp_path: Path) -> None:
    with running_city("--quiet") as city:
        answer = fuzz(city.url, tmp_path, NIGHTLY_EXAMPLES)
    assert answer.returncode == 0, answer.stdout[-6000:]


LINKS = re.compile(r"API Links:\s+(\d+) covered / (\d+) selected")


def stories(url: str, folder: Path, examples: int) -> None:
    """Calls that follow one another by ids the API itself gave out: made, changed, asked for, changed again.

    A phase that finds no links is passed over by the tool in silence, so what it covered is looked at too.
    """
    more = ["--include-path-regex", FAMILIES]
    answer = fuzz(url, folder, examples, more, phases="stateful", mode="positive")
    assert answer.returncode == 0, answer.stdout[-6000:]
    met = LINKS.search(answer.stdout)
    assert met, answer.stdout[-6000:]
    assert int(met[2]) >= 20, "ids are no longer linked: how are the paths' parameters called?"
    assert int(met[1]) >= 1, "no story went beyond its first call"


@pytest.mark.timeout(400)
def test_stories_of_calls_end_in_no_server_error(tmp_path: Path) -> None:
    with running_city("--quiet") as city:
        stories(city.url, tmp_path, STORIES)
        assert city.ready(), "the city fell over"


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_stories_of_calls_end_in_no_server_error_at_length(tmp_path: Path) -> None:
    with running_city("--quiet") as city:
        stories(city.url, tmp_path, NIGHTLY_EXAMPLES)
