"""The module's ways in: incident records, cameras' analytics, and the map of hot spots."""

from __future__ import annotations

from fastapi import APIRouter

from modules.public_security import analytics_routes, hotspot_routes, record_routes

router = APIRouter(
    routes=[*record_routes.router.routes, *analytics_routes.router.routes, *hotspot_routes.router.routes]
)
