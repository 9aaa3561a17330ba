"""The city's database: the log, and everything that is committed with it."""

from ioc.store.errors import Fenced, StoreUnavailable
from ioc.store.settings import StoreSettings
from ioc.store.store import Store
from ioc.store.transaction import Transaction

__all__ = ["Fenced", "Store", "StoreSettings", "StoreUnavailable", "Transaction"]
