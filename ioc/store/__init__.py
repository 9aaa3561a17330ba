"""The city's database: the log, and everything that is committed with it."""

from ioc.store.accepted import Accepting, Asked, kept_key
from ioc.store.cursors import Held
from ioc.store.errors import (
    Blocked,
    Fenced,
    Full,
    Locked,
    SchemaMissing,
    StoreUnavailable,
    TookTooLong,
    WrongCity,
    WrongKey,
)
from ioc.store.features import Feature
from ioc.store.log import Row
from ioc.store.once import Once
from ioc.store.seats import Seated, SeatView, Sitter
from ioc.store.settings import StoreSettings
from ioc.store.store import Store
from ioc.store.transaction import Job, Transaction

__all__ = [
    "Accepting",
    "Asked",
    "Blocked",
    "Feature",
    "Fenced",
    "Full",
    "Held",
    "Job",
    "Locked",
    "Once",
    "Row",
    "SchemaMissing",
    "SeatView",
    "Seated",
    "Sitter",
    "Store",
    "StoreSettings",
    "StoreUnavailable",
    "TookTooLong",
    "Transaction",
    "WrongCity",
    "WrongKey",
    "kept_key",
]
