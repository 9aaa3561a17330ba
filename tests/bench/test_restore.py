"""What times a command waits for its end, knows its memory, and does not take a failure for a figure."""

from __future__ import annotations

import pytest

from bench.restore import timed


def test_a_command_is_timed_to_its_end_with_its_memory():
    took = timed(["city", "check", "cities/thanh-hoa"], {})
    assert took.seconds > 0
    assert took.peak_mib > 10


def test_a_command_that_fails_gives_no_figure():
    with pytest.raises(RuntimeError, match="không-có"):
        timed(["restore", "không-có"], {})
