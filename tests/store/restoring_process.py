"""A process that restores a backup and is killed on the way.

Words: address of the store, city, state folder, key, backup, folder for what is there (or -), the step, how often.
"""

from __future__ import annotations

import sys
from pathlib import Path

from ioc.store import StoreSettings, migrate
from ioc.store.backup import place_of, put_back
from tests.store.killing import Killer


def main() -> None:
    url, city, state_dir, key, backup, aside, name, times = sys.argv[1:]
    settings = StoreSettings(url, city, Path(state_dir), bytes.fromhex(key))
    place, folder = place_of(url, city), None if aside == "-" else Path(aside)
    Killer(name, int(times)).watch()
    put_back(place, Path(backup), settings, lambda: migrate.upgrade(url), [], aside=folder)


main()
