"""Makes the checkout importable in its own environment and gives it the `ioc` command, with no build step.

A path file and a start script do what an editable install would, but need no build back end to be fetched.
"""

import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START = f"""#!{sys.executable}
import sys

if __name__ == "__main__":  # child processes load this file too
    from ioc.cli import main

    sys.exit(main())
"""


def link() -> None:
    """Writes `ioc.pth` into site-packages and `ioc` beside the interpreter."""
    paths = sysconfig.get_paths()
    Path(paths["purelib"], "ioc.pth").write_text(f"{ROOT}\n", encoding="utf-8")
    command = Path(paths["scripts"], "ioc")
    command.write_text(START, encoding="utf-8")
    command.chmod(0o755)


if __name__ == "__main__":
    link()
