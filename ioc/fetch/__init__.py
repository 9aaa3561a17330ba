"""The one safe way out to an address: what is fetched, from where, how much and for how long is bounded."""

from ioc.fetch.fetcher import Fetcher
from ioc.fetch.limits import Limits
from ioc.fetch.reasons import FetchFailed

__all__ = ["FetchFailed", "Fetcher", "Limits"]
