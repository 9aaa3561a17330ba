"""What signing in needs of the store."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeVar

Result = TypeVar("Result")


class Change(Protocol):
    """An open transaction."""

    def execute(self, statement: Any) -> Any:
        """Runs a SQLAlchemy Core statement."""
        ...

    def audit(self, who: str, action: str, object: str, detail: dict[str, Any]) -> None:
        """Adds to the audit trail, in the same commit."""
        ...


class Records(Protocol):
    """The part of the store that accounts, sessions and keys use."""

    def read(self) -> AbstractAsyncContextManager[Any]:
        """A read-only SQLAlchemy AsyncConnection."""
        ...

    async def write(self, job: Callable[[Any], Result]) -> Result:
        """Runs the job in a transaction and returns its result after the commit."""
        ...
