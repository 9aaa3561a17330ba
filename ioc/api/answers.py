"""The last catch: whatever is raised below becomes an answer, and the unexpected is logged once with its trace id."""

from __future__ import annotations

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ioc.api.problems import answer, known
from ioc.core.errors import Problem
from ioc.core.text import Text
from ioc.store import StoreUnavailable

_log = structlog.get_logger("api")


class Answers:
    """Turns `Problem`, a store that is away and every other exception into problem documents."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except ClientDisconnect:
            return  # nobody is left to answer
        except Exception as error:
            problem = as_problem(error)
            if started:
                raise  # half an answer is out: the server must cut the connection
            await answer(problem, scope)(scope, receive, send)


def as_problem(error: Exception) -> Problem:
    """What to tell the caller; what they cannot help is logged, and told without its inside."""
    if isinstance(error, StoreUnavailable):
        _log.warning("store_unavailable", reason=error.reason.partition("\n")[0][:120])  # what follows may hold values
        return error
    if isinstance(error, Problem):
        return error
    _log.error("unexpected", exc_info=error)
    return known(500, Text("Lỗi đã được ghi lại. Hãy báo mã theo dõi.", "It has been logged. Please quote the trace."))
