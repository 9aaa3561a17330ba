"""The module's ways in: records, cameras' analytics, hot spots, near-repeat, and proposals to look somewhere."""

from __future__ import annotations

from fastapi import APIRouter

from modules.public_security import analytics_routes, hotspot_routes, look_routes, near_repeat_routes, record_routes

PARTS = (record_routes, analytics_routes, hotspot_routes, near_repeat_routes, look_routes)
router = APIRouter(routes=[route for part in PARTS for route in part.router.routes])
