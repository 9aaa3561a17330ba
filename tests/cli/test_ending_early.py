"""A command that is stopped before it is at work ends quietly."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.running import ROOT, free_port

COMMAND = "import sys; from ioc.cli import main; sys.exit(main())"
STARTING = "starting the services"
PATIENCE_S = 120


def test_ctrl_c_while_the_command_is_being_loaded_shows_no_traceback(tmp_path: Path) -> None:
    # Who starts the tests may have told them to ignore Ctrl-C, as a shell tells what it starts in the background.
    pressed = "import os, signal\nsignal.signal(2, signal.default_int_handler)\nos.kill(os.getpid(), signal.SIGINT)\n"
    (tmp_path / "typer.py").write_text(pressed, encoding="utf-8")
    found = os.pathsep.join([str(tmp_path), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, "demo"],
        env={**os.environ, "PYTHONPATH": found},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_a_demonstration_ended_while_it_starts_leaves_no_traceback(tmp_path: Path) -> None:
    for how in (signal.SIGTERM, signal.SIGINT):
        command = ["demo", "--quiet", "--port", str(free_port()), "--state", str(tmp_path / how.name)]
        process = subprocess.Popen(
            [sys.executable, "-u", "-c", COMMAND, *command],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        assert process.stdout is not None
        said: list[str] = []
        for line in process.stdout:
            said.append(line)
            if STARTING in line or "child started" in line:
                os.killpg(process.pid, how)
        code = process.wait(PATIENCE_S)
        told = "".join(said)
        assert "Traceback" not in told and "Error" not in told, told
        assert code in (0, 128 + how, -how), told
