"""Every name that can be given runs something, and what takes long is not run with all the others."""

from __future__ import annotations

from importlib import import_module

import pytest

from bench.__main__ import NAMES, ONLY_NAMED, _with_all


@pytest.mark.parametrize("name", NAMES)
def test_a_name_runs_a_function(name: str):
    module, _, function = NAMES[name].partition(":")
    assert callable(getattr(import_module(module), function))


def test_what_takes_long_runs_only_when_named():
    assert set(ONLY_NAMED) < set(NAMES)
    assert not set(ONLY_NAMED) & set(_with_all())
    assert set(_with_all()) | set(ONLY_NAMED) == set(NAMES)
