"""The module's ways in: the citizen's pages, Open311, and what operators do with reports."""

from __future__ import annotations

from fastapi import APIRouter

from modules.citizen import moderation, open311, page, status_page

router = APIRouter()
# One flat table: every part states its own prefix and its own way to refuse.
for part in (page.router, status_page.router, open311.router, moderation.router):
    router.routes.extend(part.routes)
