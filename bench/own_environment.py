"""A Python environment of its own for a peer whose needs clash with our lock files, made when it is measured."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

INSTALL_S = 300


class NotInstalled(Exception):
    """The peer cannot be had here; the message says why in a line."""


def environment(folder: Path, *packages: str) -> Path:
    """The folder of the programs of a new environment with these packages.

    Raises:
        NotInstalled: something of it cannot be installed.
    """
    uv = Path(sys.executable).parent / "uv"
    steps = (
        [sys.executable, "-m", "venv", "--without-pip", str(folder)],
        [
            str(uv),
            "pip",
            "install",
            "-q",
            "--python",
            str(folder / "bin" / "python"),
            "--only-binary",
            ":all:",
            *packages,
        ],
    )
    for step in steps:
        try:
            subprocess.run(step, check=True, capture_output=True, text=True, timeout=INSTALL_S)
        except (OSError, subprocess.SubprocessError) as error:
            said = str(getattr(error, "stderr", "") or error).strip().splitlines()
            raise NotInstalled(f"{' '.join(packages)}: {said[-1] if said else error}") from None
    return folder / "bin"
