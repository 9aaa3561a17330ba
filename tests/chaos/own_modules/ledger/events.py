"""What the ledger says."""

from __future__ import annotations

from ioc.contract import Event


class Made(Event, type="ledger.entry.made", severity=1, key="account"):
    """An entry came in by the door. `poison` is what it does to the handler, `filler` makes it large."""

    account: str
    entry: str
    n: int
    poison: str = ""
    filler: str = ""


class Booked(Event, type="ledger.entry.booked", severity=1, key="account"):
    """An entry was booked."""

    account: str
    entry: str
    n: int
