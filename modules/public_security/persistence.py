"""What is remembered of one thing that may last."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ioc.contract import State
from ioc.core.lasting import Condition


class Watch(State):
    """One thing that may last: its condition, when it ended last, and whether what lasts now is only a repeat that is
    not worth saying."""

    condition: Condition = msgspec.field(default_factory=Condition)
    ended: datetime | None = None
    repeat: bool = False
