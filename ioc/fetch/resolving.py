"""A name to the addresses that may be connected to, looked up once: what is checked is what is connected to."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from ioc.fetch.addresses import Address, allowed, parse
from ioc.fetch.reasons import FetchFailed
from ioc.fetch.targets import Target

Resolve = Callable[[str, int], Awaitable[list[str]]]

MOST_TRIED = 3
_LOOKUPS = ThreadPoolExecutor(max_workers=8, thread_name_prefix="fetch-names")  # a slow name server holds only these


async def system_names(host: str, port: int) -> list[str]:
    """Addresses of a host by the system's resolver, in its order.

    Raises:
        OSError: it knows none.
    """
    look = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    found = await asyncio.get_running_loop().run_in_executor(_LOOKUPS, look)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


async def addresses_of(
    target: Target, resolve: Resolve, private_hosts: Collection[str], ports: Collection[int]
) -> list[Address]:
    """The addresses of a target, all of them allowed: a name that also leads inside is refused as a whole.

    Raises:
        FetchFailed: unknown name, a port that is not fetched from, or an address inside a private network.
    """
    listed = target.endpoint in private_hosts
    if not listed and target.port not in ports:
        raise FetchFailed("bad-port", port=target.port)
    try:
        found = [parse(text) for text in await resolve(target.host, target.port)]
    except (OSError, ValueError, UnicodeError) as error:
        raise FetchFailed("no-such-host", host=target.host) from error
    if not found:
        raise FetchFailed("no-such-host", host=target.host)
    if not all(allowed(address, listed=listed) for address in found):
        raise FetchFailed("private-address", host=target.host)
    return found[:MOST_TRIED]
