"""Draws the citizen's pages: complete HTML from the server, nothing inline, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from ioc.contract import Door
from ioc.core.clock import VIETNAM
from ioc.core.text import Language, Text
from modules.citizen.language import chosen_language
from modules.citizen.wording import WORDS

STATIC = Path(__file__).parent / "static"
HEADERS = {"Cache-Control": "no-store"}  # the rest of the safe headers is the application's

_pages = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(
    name: str, request: Request, door: Door, *, status: int = 200, language: Language | None = None, **values: Any
) -> Response:
    """One page in the reader's language."""
    spoken = language or chosen_language(request)
    template: Template = _pages.get_template(name)
    body = template.render(
        lang=spoken,
        other="en" if spoken == "vi" else "vi",
        t=_speaker(spoken),
        say=lambda text: text.say(spoken),
        when=_local,
        city=door.city,
        demo=door.demo,
        path=request.url.path,
        **values,
    )
    return HTMLResponse(body, status, HEADERS)


def _speaker(language: Language) -> Callable[..., str]:
    def speak(key: str, **values: object) -> str:
        text: Text = WORDS[key]
        return text.fill(**values).say(language) if values else text.say(language)

    return speak


def _local(at: datetime) -> str:
    return at.astimezone(VIETNAM).strftime("%H:%M %d/%m/%Y")
