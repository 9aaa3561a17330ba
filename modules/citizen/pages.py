"""What all pages share: a refusal is a page in the reader's language, not a document for programs."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from ioc.contract import door
from ioc.core.errors import Problem, not_found
from modules.citizen.views import page


class PageRoute(APIRoute):
    """A route whose refusals are drawn as a page."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route with its refusals drawn."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except Problem as problem:
                return _drawn(request, problem)
            except RequestValidationError:
                return _drawn(request, not_found())

        return answer


def _drawn(request: Request, problem: Problem) -> Response:
    response = page("problem.html", request, door(request, "citizen"), status=problem.status, problem=problem)
    if problem.retry_after_s:
        response.headers["Retry-After"] = str(problem.retry_after_s)
    return response
