"""On PostgreSQL, who waits for the city's lock puts out an owner that stands still in the middle of its commit.

The server's own limit (`idle_in_transaction_session_timeout`) counts only while it waits for a client that it has
answered, and whatever comes next ends the count: the middle of a pipeline or of a COPY, and the flush with which the
driver ends each pipeline. The lock of a paused machine, or of one without power, would else be held until its
connection is given up, which takes hours.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

STANDS_STILL_S = 5.0  # of the server's clock, without a word from the client it waits for
WRITER = "ioc writer"  # how a session is called that may be put out

_PUT_OUT = text("""
select pg_terminate_backend(a.pid) from pg_locks l join pg_stat_activity a on a.pid = l.pid and a.datid = l.database
where l.locktype = 'advisory' and l.granted and l.objsubid = 1
    and (l.classid::bigint << 32 | l.objid::bigint) = :lock
    and a.datname = current_database() and a.usename = current_user and a.application_name = :writer
    and a.wait_event_type = 'Client' and a.state_change < clock_timestamp() - make_interval(secs => :still)
""")
_TAKE_TIME = (
    "set local statement_timeout = 0",
    "set local idle_in_transaction_session_timeout = 0",
    "set local application_name = 'ioc upgrade'",
)


def put_out(connection: Connection, lock: int) -> None:
    """Ends the session that holds an advisory lock, when the server has waited for its client for STANDS_STILL_S: what
    it had under way is undone, and its late commit refused. Raises sqlalchemy's DBAPIError."""
    with connection.begin():
        connection.execute(_PUT_OUT, {"lock": lock, "writer": WRITER, "still": STANDS_STILL_S})


def take_time(connection: Connection) -> None:
    """Until its end nobody puts this transaction out, however long a statement or its client takes; waiting for locks
    stays short."""
    for statement in _TAKE_TIME:
        connection.execute(text(statement))
