"""The module's ways in: the citizen's pages, Open311, and what operators do with reports."""

from __future__ import annotations

from fastapi import APIRouter

from modules.citizen import moderation, open311, page, status_page

router = APIRouter()
router.include_router(page.router)
router.include_router(status_page.router)
router.include_router(open311.router)
router.include_router(moderation.router)
