"""The module's ways in: calls, and the units that answer them."""

from __future__ import annotations

from fastapi import APIRouter

from modules.emergency import call_routes, unit_routes

router = APIRouter(prefix="/api/v1")
router.include_router(call_routes.router)
router.include_router(unit_routes.router)
