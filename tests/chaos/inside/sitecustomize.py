"""Imported by Python itself in every process of the product that a chaos test starts with this folder on its path.

The product knows nothing of it. `CHAOS_INSIDE` names what is to be done to it: seeded bugs, or points where a process
is to die, or a clock that is wrong.
"""

from __future__ import annotations

import os

if wanted := os.environ.get("CHAOS_INSIDE", ""):
    import chaos_hooks

    chaos_hooks.install(wanted.split(","))
