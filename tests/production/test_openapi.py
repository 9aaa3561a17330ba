"""Every operation of the OpenAPI document, called with what it asks for and with what it does not: never a 5xx."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.running import running_city

ST = Path(sys.executable).parent / "st"
EXAMPLES = 12  # of each operation and phase; the nightly run makes more
NIGHTLY_EXAMPLES = 200


def fuzz(url: str, folder: Path, examples: int) -> subprocess.CompletedProcess[str]:
    """schemathesis as a stranger runs it: every phase without sessions, good and bad input, as an administrator."""
    command = [str(ST), "run", f"{url}/openapi.json", "--checks", "not_a_server_error", "--mode", "all"]
    command += ["--phases", "examples,coverage,fuzzing", "--max-examples", str(examples), "--continue-on-failure"]
    command += ["--header", "ioc-role: admin", "--request-timeout", "10", "--no-shrink", "--seed", "7"]
    command += ["--suppress-health-check", "all", "--warnings", "off", "--generation-database", "none"]
    command += ["--exclude-path", "/api/v1/session"]
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
