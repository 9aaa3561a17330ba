"""What a call can be about: the closed list, with the service it belongs to and how it is named on a wall."""

from __future__ import annotations

from typing import Literal

import msgspec

from ioc.core.text import Text

Service = Literal["113", "114", "115", "112"]
Priority = Literal[1, 2, 3, 4]


class Category(msgspec.Struct, frozen=True):
    """One kind of call. `priority` holds when nothing more is known than the kind."""

    code: str
    name: Text
    service: Service
    priority: Priority


CATEGORIES = {
    one.code: one
    for one in (
        Category("fire", Text("Cháy", "Fire"), "114", 2),
        Category("fire_trapped", Text("Cháy có người mắc kẹt", "Fire, people trapped"), "114", 1),
        Category("small_fire", Text("Cháy nhỏ ngoài trời", "Small outdoor fire"), "114", 3),
        Category("explosion", Text("Nổ", "Explosion"), "114", 1),
        Category("hazmat", Text("Rò rỉ khí, hóa chất", "Gas or chemical leak"), "114", 2),
        Category("drowning", Text("Đuối nước", "Drowning"), "114", 1),
        Category("collapse", Text("Sập, vùi lấp", "Collapse, people buried"), "114", 1),
        Category("rescue", Text("Cứu nạn, cứu hộ", "Rescue"), "114", 2),
        Category("cardiac", Text("Ngừng tim, ngừng thở", "Cardiac or breathing arrest"), "115", 1),
        Category("unconscious", Text("Bất tỉnh", "Unconscious person"), "115", 1),
        Category("stroke", Text("Nghi đột quỵ", "Suspected stroke"), "115", 2),
        Category("chest_pain", Text("Đau ngực, khó thở", "Chest pain or short breath"), "115", 2),
        Category("bleeding", Text("Chảy máu nhiều", "Severe bleeding"), "115", 1),
        Category("childbirth", Text("Sinh con", "Childbirth"), "115", 2),
        Category("poisoning", Text("Ngộ độc, điện giật", "Poisoning or electric shock"), "115", 1),
        Category("injury", Text("Bị thương", "Injury"), "115", 2),
        Category("illness", Text("Bệnh", "Illness"), "115", 3),
        Category("crash", Text("Tai nạn giao thông", "Road crash"), "113", 3),
        Category("crash_injury", Text("Tai nạn giao thông có người bị thương", "Road crash with injuries"), "115", 2),
        Category("violence", Text("Tấn công bằng hung khí", "Attack with a weapon"), "113", 1),
        Category("robbery", Text("Cướp, cướp giật", "Robbery"), "113", 2),
        Category("fight", Text("Đánh nhau, gây rối", "Fight or disturbance"), "113", 3),
        Category("theft", Text("Trộm cắp", "Theft"), "113", 3),
        Category("noise", Text("Ồn ào", "Noise"), "113", 4),
        Category("self_harm", Text("Nguy cơ tự hại", "Risk of self-harm"), "113", 1),
        Category("missing", Text("Người mất tích", "Missing person"), "113", 2),
        Category("flood", Text("Ngập lụt, bị cô lập", "Flood, people cut off"), "112", 2),
        Category("landslide", Text("Sạt lở", "Landslide"), "112", 2),
        Category("sea", Text("Sự cố trên biển", "Incident at sea"), "112", 2),
        Category("information", Text("Hỏi thông tin", "Question"), "112", 4),
        Category("other", Text("Việc khác", "Other"), "112", 3),
    )
}
