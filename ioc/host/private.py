"""Files of a city belong to the user it runs as and to nobody else."""

from __future__ import annotations

import os

NOBODY_ELSE = 0o077


def keep_files_private() -> None:
    """Every file and folder this process makes from now on may be read by its own user only.

    Call it before a store is opened or the bus started: databases, their journals and the bus's log are made by
    libraries that leave the rights to the process.
    """
    os.umask(NOBODY_ELSE)
