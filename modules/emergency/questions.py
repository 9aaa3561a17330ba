"""The protocol questions the services ask; any other question is kept too, only it raises no priority."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from ioc.core.text import Text
from modules.emergency.categories import Service


class Question(msgspec.Struct, frozen=True):
    """One question, how it is answered, and which services ask it."""

    code: str
    text: Text
    answer: Literal["yes_no", "number", "text"]
    services: tuple[Service, ...]

    def plain(self) -> dict[str, Any]:
        """The question as JSON."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain


QUESTIONS = (
    Question("breathing", Text("Còn thở không?", "Breathing: yes, no, difficult?"), "text", ("115",)),
    Question("conscious", Text("Người bệnh còn tỉnh không?", "Is the patient conscious?"), "yes_no", ("115",)),
    Question("severe_bleeding", Text("Có chảy máu nhiều không?", "Is there severe bleeding?"), "yes_no", ("115",)),
    Question("chest_pain", Text("Có đau ngực không?", "Is there chest pain?"), "yes_no", ("115",)),
    Question("stroke_signs", Text("Có méo miệng, yếu tay chân?", "Face drooping, weak limbs?"), "yes_no", ("115",)),
    Question("injured", Text("Bao nhiêu người bị thương?", "How many are injured?"), "number", ("113", "115", "112")),
    Question("burning", Text("Cái gì đang cháy?", "What burns?"), "text", ("114",)),
    Question("area_m2", Text("Diện tích cháy, m²?", "Area on fire, m²?"), "number", ("114",)),
    Question("spreading", Text("Có nguy cơ lan không?", "May it spread?"), "yes_no", ("114", "112")),
    Question("trapped", Text("Mấy người mắc kẹt?", "How many are trapped?"), "number", ("114", "112")),
    Question("people", Text("Có bao nhiêu người?", "How many people?"), "number", ("112",)),
    Question("weapon", Text("Có hung khí không?", "Is there a weapon?"), "yes_no", ("113",)),
    Question("extent", Text("Phạm vi, mức độ?", "How far, how bad?"), "text", ("112",)),
    Question("support_asked", Text("Cần hỗ trợ gì?", "What help is asked for?"), "text", ("112",)),
)
