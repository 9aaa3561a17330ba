"""The city's database: the log, and everything that is committed with it."""

from ioc.store.accepted import Accepting
from ioc.store.cursors import Held
from ioc.store.errors import Fenced, SchemaMissing, StoreUnavailable, WrongCity, WrongKey
from ioc.store.features import Feature
from ioc.store.log import Row
from ioc.store.seats import Seated, SeatView, Sitter
from ioc.store.settings import StoreSettings
from ioc.store.store import Store
from ioc.store.transaction import Transaction

__all__ = [
    "Accepting",
    "Feature",
    "Fenced",
    "Held",
    "Row",
    "SchemaMissing",
    "SeatView",
    "Seated",
    "Sitter",
    "Store",
    "StoreSettings",
    "StoreUnavailable",
    "Transaction",
    "WrongCity",
    "WrongKey",
]
