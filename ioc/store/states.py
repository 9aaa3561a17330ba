"""What handlers remember: one small body per key, saved in the commit of the cursor."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, text

from ioc.store.tables import handler_state
from ioc.store.upsert import insert_for, insert_into

if TYPE_CHECKING:
    from ioc.store.access import Access
    from ioc.store.transaction import Transaction

_KEYS_A_QUERY = 500


def _put_in(dialect: str) -> Any:
    c, put = handler_state.c, insert_into(dialect, handler_state)
    changed = {"body": put.excluded.body, "at": put.excluded.at}
    return put.on_conflict_do_update(index_elements=[c.module, c.handler, c.key], set_=changed)


_PUT = _put_in("sqlite")
# PostgreSQL takes them as columns, in one statement: while a commit holds the city's lock all others wait.
_PUT_COLUMNS = text("""
insert into handler_state (module, handler, key, body, at)
select :module, new.handler, new.key, new.body, :at
from unnest(cast(:handlers as varchar[]), cast(:keys as varchar[]), cast(:bodies as bytea[]))
    as new (handler, key, body)
on conflict (module, handler, key) do update set body = excluded.body, at = excluded.at
""")


class States:
    """Reads what handlers remember."""

    def __init__(self, access: Access) -> None:
        self._access = access

    async def load(self, module: str, handler: str, keys: Collection[str]) -> dict[str, bytes]:
        """The bodies of these keys; keys with no state are left out."""
        wanted, found = list(dict.fromkeys(keys)), {}
        async with self._access.read() as connection:
            for start in range(0, len(wanted), _KEYS_A_QUERY):
                some = handler_state.c.key.in_(wanted[start : start + _KEYS_A_QUERY])
                whose = (handler_state.c.module == module) & (handler_state.c.handler == handler)
                rows = await connection.execute(select(handler_state.c.key, handler_state.c.body).where(whose, some))
                found.update({key: bytes(body) for key, body in rows})
        return found


def save_all(tx: Transaction, module: str, bodies: Mapping[tuple[str, str], bytes]) -> None:
    """Keeps what a module's handlers remember, by handler and key, in one go."""
    if not bodies:
        return
    if tx.connection.dialect.name == "postgresql":
        handlers, keys = [handler for handler, _ in bodies], [key for _, key in bodies]
        columns = {"handlers": handlers, "keys": keys, "bodies": list(bodies.values())}
        tx.flush()
        tx.connection.execute(_PUT_COLUMNS, {"module": module, "at": tx.now, **columns})
        return
    rows = [
        {"module": module, "handler": handler, "key": key, "body": body, "at": tx.now}
        for (handler, key), body in bodies.items()
    ]
    tx.execute(_PUT, rows)


def save(tx: Transaction, module: str, handler: str, key: str, body: bytes | None) -> None:
    """Keeps a body, or forgets the key when it is None."""
    c = handler_state.c
    if body is None:
        tx.execute(delete(handler_state).where(c.module == module, c.handler == handler, c.key == key))
        return
    put = insert_for(tx.connection, handler_state).values(module=module, handler=handler, key=key, body=body, at=tx.now)
    changed = {"body": put.excluded.body, "at": put.excluded.at}
    tx.execute(put.on_conflict_do_update(index_elements=[c.module, c.handler, c.key], set_=changed))
