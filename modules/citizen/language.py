"""Which language a person reads: what they chose, else what their browser asks for, else Vietnamese."""

from __future__ import annotations

from fastapi import Request

from ioc.core.text import Language


def language_of(request: Request) -> Language:
    """`?lang=`, else the first word of `Accept-Language`."""
    chosen = request.query_params.get("lang") or request.headers.get("accept-language", "")
    return "en" if chosen.lower().startswith("en") else "vi"
