"""The API process as shipped (HTTP, rights, rates, feed, relay), of a demonstration on a Valkey of its own.

usage: python -m bench.api_process FOLDER PORT REDIS_URL [DATABASE_URL]
"""

from __future__ import annotations

import sys
from multiprocessing import Pipe
from pathlib import Path

from bench.children import READY
from ioc.app import api_worker
from ioc.demo.settings import demo_settings
from ioc.host.children import Pulse
from ioc.host.migrating import migrate

CITY = Path(__file__).resolve().parents[1] / "cities" / "thanh-hoa"


def main(home: str, port: str, redis_url: str, database_url: str = "") -> None:
    """Serves until SIGTERM."""
    servers = {"redis_url": redis_url, "database_url": database_url}
    settings = demo_settings(CITY, Path(home), port=int(port)).model_copy(update=servers)
    migrate(settings)
    _nobody, sender = Pipe(duplex=False)
    print(READY, flush=True)
    api_worker(settings, Pulse(sender))


if __name__ == "__main__":
    main(*sys.argv[1:])
