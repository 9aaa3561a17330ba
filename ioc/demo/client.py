"""The simulator's only way in: the same HTTP doors as everyone's, with a key that marks its input as simulated."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import structlog

from ioc.core.ids import new_id

_log = structlog.get_logger("simulator")


class DoorClient:
    """Posts as a citizen, a caller, a unit or an operator."""

    def __init__(self, base_url: str, key: str) -> None:
        self._http = httpx.AsyncClient(
            base_url=base_url, timeout=10, headers={"Authorization": f"Bearer {key}"}, trust_env=False
        )
        self._refused: set[str] = set()

    async def close(self) -> None:
        """Ends its connections."""
        await self._http.aclose()

    async def wait_ready(self) -> None:
        """Returns once the city is ready: the first words of the story should not be lost on a closed door."""
        while await self._ask("GET", "/readyz") is None:  # noqa: ASYNC110 - only asking tells
            await asyncio.sleep(0.2)

    async def report(self, form: dict[str, Any]) -> None:
        """One citizen's report by Open311."""
        await self._send("/open311/v2/requests.json", data=form)

    async def call(self, body: dict[str, Any]) -> None:
        """One call as a call taker types it."""
        await self._send("/api/v1/calls", json=body)

    async def positions(self, body: dict[str, Any]) -> None:
        """Positions of units, as their devices send them."""
        await self._send("/api/v1/units/positions", json=body)

    async def record(self, body: dict[str, Any], key: str) -> None:
        """One record of an offence, as a commune's police enter it; the same key is kept once."""
        await self._send("/api/v1/security/records", key, json=body)

    async def posts(self, body: dict[str, Any]) -> None:
        """Posts of a social network, as an official interface exports them."""
        await self._send("/api/v1/media/posts", json=body)

    async def observations(self, readings: list[dict[str, Any]]) -> bool:
        """A batch of readings of devices; whether it was taken."""
        return await self._send("/api/v1/observations", json=readings)

    async def unit_state(self, unit: str, state: str, call: str | None = None) -> None:
        """What one unit does now, as its crew's device says it, and for which call."""
        await self._send(f"/api/v1/units/{unit}/state", json={"state": state, **({"call": call} if call else {})})

    async def unit_states(self) -> dict[str, str]:
        """What each unit is known to do; empty while the city does not answer."""
        found = await self._ask("GET", "/api/v1/units")
        return {unit["id"]: unit["state"] for unit in (found or {}).get("units", [])}

    async def _send(self, path: str, key: str = "", /, **content: Any) -> bool:
        """Posts; whether it was taken. A refusal is said once until that door takes something again, and the story
        goes on."""
        try:
            answer = await self._http.post(path, headers={"Idempotency-Key": key or new_id()}, **content)
            answer.raise_for_status()
        except httpx.HTTPError as error:
            if path not in self._refused:
                _log.warning("simulated input not taken", door=path, error=type(error).__name__)
            self._refused.add(path)
            return False
        self._refused.discard(path)
        return True

    async def open_incidents(self) -> list[dict[str, Any]]:
        """The queue as an operator sees it; empty while the city does not answer."""
        found = await self._ask("GET", "/api/v1/incidents", params={"limit": 500})
        incidents: list[dict[str, Any]] = (found or {}).get("incidents", [])
        return incidents

    async def act(self, incident: str, body: dict[str, Any]) -> None:
        """One action of an operator; a refusal means that a person was quicker."""
        await self._ask("POST", f"/api/v1/incidents/{incident}/actions", json=body)

    async def _ask(self, method: str, path: str, **content: Any) -> dict[str, Any] | None:
        try:
            answer = await self._http.request(method, path, headers=AS_OPERATOR, **content)
        except httpx.HTTPError:
            return None
        if answer.is_error:
            return None
        body: dict[str, Any] = answer.json()
        return body


AS_OPERATOR = {"Authorization": "", "ioc-role": "supervisor"}
