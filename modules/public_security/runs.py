"""When something that is done from time to time was done last."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from modules.public_security.tables import run


async def last_run(connection: Any, name: str) -> str | None:
    """UTC text, None where it never was."""
    found = (await connection.execute(select(run.c.at).where(run.c.name == name))).scalar()
    return str(found) if found else None
