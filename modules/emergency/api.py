"""The module's ways in: calls, and the units that answer them."""

from __future__ import annotations

from fastapi import APIRouter

from modules.emergency import call_routes, unit_routes

router = APIRouter(routes=[*call_routes.router.routes, *unit_routes.router.routes])
