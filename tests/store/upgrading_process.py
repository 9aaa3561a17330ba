"""A process that upgrades a store and is killed on the way. Words: address, a module's folder, the step, how often."""

from __future__ import annotations

import sys
from pathlib import Path

from ioc.store.upgrading import upgrade_or_return
from tests.store.killing import Killer


def main() -> None:
    url, home, name, times = sys.argv[1:]
    Killer(name, int(times)).watch()
    upgrade_or_return(url, [Path(home)])


main()
