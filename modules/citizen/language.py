"""Which language a person or a program reads; Vietnamese where nothing is said."""

from __future__ import annotations

from fastapi import Request

from ioc.core.text import Language


def chosen_language(request: Request) -> Language:
    """What a person chose on the page (`?lang=en`): pages speak Vietnamese until somebody asks for English."""
    return "en" if request.query_params.get("lang") == "en" else "vi"


def asked_language(request: Request) -> Language:
    """What a program asks for by `Accept-Language`."""
    return "en" if request.headers.get("accept-language", "").lower().startswith("en") else "vi"
