"""A supervisor that is to end while it starts, and a child whose process could not be made."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import structlog

from ioc.host.children import Child, Pulse
from ioc.host.supervisor import Supervisor

PATIENCE_S = 60


def rest(pulse: Pulse) -> None:
    """A worker that only lives."""
    while not threading.Event().wait(0.2):
        pulse.beat()


class Clumsy(Child):
    """Its first start finds no fork server."""

    failed = False

    def start(self) -> None:
        if not self.failed:
            self.failed = True
            raise EOFError
        super().start()


def supervising(child: Child, tmp_path: Path) -> Supervisor:
    return Supervisor([child], (), structlog.get_logger(), watch_file=tmp_path / "watch")


def test_nothing_is_started_once_an_end_was_asked_for(tmp_path: Path) -> None:
    child = Child("rest", f"{__name__}:rest", ())
    supervisor = supervising(child, tmp_path)
    supervisor.stop()
    supervisor.start()
    assert child.pid is None
    supervisor.close()


def test_what_could_not_be_started_is_closed_like_anything_else(tmp_path: Path) -> None:
    child = Child("rest", f"{__name__}:rest", (lambda: None,))  # no process can be given this
    supervisor = supervising(child, tmp_path)
    with pytest.raises(Exception, match=r"lambda|pickle"):
        supervisor.start()
    supervisor.close()
    assert not child.alive


def test_a_child_that_found_no_fork_server_is_started_again(tmp_path: Path) -> None:
    child = Clumsy("rest", f"{__name__}:rest", ())
    supervisor = supervising(child, tmp_path)
    late = threading.Timer(PATIENCE_S, supervisor.stop)
    late.start()
    try:
        supervisor.start()
        supervisor.run(lambda: supervisor.stop() if child.alive else None)
        assert child.alive
    finally:
        late.cancel()
        supervisor.close()
