"""The rules of call priority: words and protocol answers that raise or lower it, each with an id and a reason.

The four codes are P1 life threat now, P2 serious, P3 urgent, P4 routine (project default, no authority behind it).
A changed rule gets a new VERSION, so that an old decision can still be explained.
"""

from __future__ import annotations

import msgspec

from ioc.core.text import Text
from modules.emergency.categories import Priority, Service

VERSION = "2026-11"

Phrases = tuple[str, ...]


class WordRule(msgspec.Struct, frozen=True):
    """Holds when every group has a phrase in the narrative. `services` limits it to calls of these numbers."""

    id: str
    priority: Priority
    category: str
    groups: tuple[Phrases, ...]
    services: tuple[Service, ...] = ()


class AnswerRule(msgspec.Struct, frozen=True):
    """Holds when a protocol question was answered with one of `answers`, or with a number of at least `least`."""

    id: str
    priority: Priority
    category: str
    question: str
    reason: Text
    answers: Phrases = ()
    least: float | None = None


_FIRE = (
    "cháy nhà", "cháy chợ", "cháy xe", "cháy xưởng", "cháy kho", "cháy rừng", "cháy phòng", "cháy quán", "cháy lớn",
    "đang cháy", "bị cháy", "bốc cháy", "đám cháy", "vụ cháy", "hỏa hoạn", "cháy nổ", "chập điện cháy", "fire",
)  # fmt: skip
_TRAPPED = (
    "mắc kẹt", "bị kẹt", "kẹt trong", "kẹt bên trong", "kẹt lại", "không ra được", "không thoát ra được",
    "còn người trong", "có người trong nhà", "người bên trong", "trapped",
)  # fmt: skip
_CRASH = ("tai nạn", "va chạm", "đâm xe", "tông xe", "xe tông", "xe đâm", "lật xe", "xe lật", "crash", "accident")
_HURT = (
    "bị thương",
    "gãy chân",
    "gãy tay",
    "chảy máu",
    "nằm bất động",
    "nguy kịch",
    "người chết",
    "tử vong",
    "injured",
)
_WEAPON = (
    "bị đâm", "đâm người", "bị chém", "chém người", "cầm dao", "dùng dao", "có dao", "có súng", "nổ súng", "bắn người",
    "mã tấu", "bắt cóc", "con tin", "cố ý giết người", "giết người", "stabbed", "gun", "hostage",
)  # fmt: skip

WORD_RULES = (
    WordRule("P1-fire-trapped", 1, "fire_trapped", ((*_FIRE, "cháy", "khói"), _TRAPPED)),
    WordRule("P1-cardiac", 1, "cardiac", (
        ("ngừng tim", "ngừng thở", "không thở", "tắt thở", "không còn thở", "tím tái", "nghẹt thở", "hóc dị vật",
         "not breathing", "cardiac arrest"),)),
    WordRule("P1-unconscious", 1, "unconscious", (
        ("bất tỉnh", "hôn mê", "ngất xỉu", "mất ý thức", "gọi không tỉnh", "co giật", "unconscious"),)),
    WordRule("P1-bleeding", 1, "bleeding", (("chảy máu nhiều", "mất nhiều máu", "máu chảy không cầm", "đứt lìa"),)),
    WordRule("P1-drowning", 1, "drowning", (
        ("đuối nước", "chết đuối", "nước cuốn", "lũ cuốn", "rơi xuống sông", "rơi xuống nước", "drowning"),)),
    WordRule("P1-collapse", 1, "collapse", (("sập nhà", "nhà sập", "sập công trình", "vùi lấp", "bị vùi"),)),
    WordRule("P1-weapon", 1, "violence", (_WEAPON,)),
    WordRule("P1-explosion", 1, "explosion", (("nổ bình gas", "nổ lớn", "vụ nổ", "explosion"),)),
    WordRule("P1-poison", 1, "poisoning", (("điện giật", "ngạt khí", "uống thuốc sâu", "uống thuốc trừ sâu"),)),
    WordRule("P1-self-harm", 1, "self_harm", (("tự tử", "tự sát", "nhảy cầu", "đòi nhảy lầu", "suicide"),)),
    WordRule("P2-fire", 2, "fire", (_FIRE,)),
    WordRule("P2-fire-114", 2, "fire", (("cháy", "khói", "lửa"),), ("114",)),
    WordRule("P2-crash-injury", 2, "crash_injury", (_CRASH, _HURT)),
    WordRule("P2-stroke", 2, "stroke", (("đột quỵ", "tai biến", "méo miệng", "liệt nửa người", "stroke"),)),
    WordRule("P2-chest", 2, "chest_pain", (("đau ngực", "tức ngực", "khó thở", "đau tim", "chest pain"),)),
    WordRule("P2-childbirth", 2, "childbirth", (("sắp sinh", "chuyển dạ", "đẻ rơi", "vỡ ối", "đang sinh"),)),
    WordRule("P2-injury", 2, "injury", (("ngã cao", "bị bỏng", "rắn cắn", "bị thương", "gãy chân", "gãy tay"),)),
    WordRule("P2-poison", 2, "poisoning", (("ngộ độc",),)),
    WordRule("P2-hazmat", 2, "hazmat", (("rò rỉ gas", "rò gas", "mùi gas", "rò rỉ khí", "hóa chất", "gas leak"),)),
    WordRule("P2-robbery", 2, "robbery", (("bị cướp", "tên cướp", "cướp giật", "cướp tài sản", "giật đồ", "robbery"),)),
    WordRule("P2-missing", 2, "missing", (("mất tích", "trẻ lạc", "bé lạc"),)),
    WordRule("P2-flood", 2, "flood", (("cô lập", "ngập sâu", "nước lên nhanh", "lũ quét", "vỡ đê"),)),
    WordRule("P2-landslide", 2, "landslide", (("sạt lở", "lở núi", "landslide"),)),
    WordRule("P2-sea", 2, "sea", (("chìm tàu", "tàu chìm", "lật thuyền", "thuyền lật", "trôi dạt trên biển"),)),
    WordRule("P2-rescue", 2, "rescue", (("kẹt thang máy", "mắc kẹt", "trên mái nhà", "trapped"),)),
    WordRule("P3-small-fire", 3, "small_fire", (
        ("cháy rác", "cháy cỏ", "cháy bãi rác", "cháy đống rác", "đốt rác", "đốt rơm", "cháy rơm"),)),
    WordRule("P3-crash", 3, "crash", (_CRASH,)),
    WordRule("P3-fight", 3, "fight", (("đánh nhau", "xô xát", "gây rối", "đua xe", "ẩu đả", "fight"),)),
    WordRule("P3-theft", 3, "theft", (("mất trộm", "trộm cắp", "kẻ trộm", "mất cắp", "mất xe", "theft"),)),
    WordRule("P3-illness", 3, "illness", (("sốt cao", "đau bụng", "nôn ói", "tiêu chảy"),), ("115",)),
    WordRule("P4-noise", 4, "noise", (("karaoke", "ồn ào", "mở nhạc lớn", "gây ồn"),)),
    WordRule("P4-information", 4, "information", (("hỏi đường", "hỏi thông tin", "xin số điện thoại"),)),
)  # fmt: skip

ANSWER_RULES = (
    AnswerRule("P1-answer-breathing", 1, "cardiac", "breathing",
               Text("người bệnh không thở", "the patient is not breathing"), ("no",)),
    AnswerRule("P1-answer-conscious", 1, "unconscious", "conscious",
               Text("người bệnh không tỉnh", "the patient is not conscious"), ("no",)),
    AnswerRule("P1-answer-bleeding", 1, "bleeding", "severe_bleeding",
               Text("chảy máu nhiều", "severe bleeding"), ("yes",)),
    AnswerRule("P1-answer-trapped", 1, "rescue", "trapped",
               Text("có người mắc kẹt", "people are trapped"), ("yes",), least=1),
    AnswerRule("P1-answer-weapon", 1, "violence", "weapon", Text("có hung khí", "a weapon is present"), ("yes",)),
    AnswerRule("P2-answer-breathing", 2, "chest_pain", "breathing",
               Text("người bệnh khó thở", "the patient breathes with difficulty"), ("difficult",)),
    AnswerRule("P2-answer-injured", 2, "injury", "injured",
               Text("có người bị thương", "people are injured"), ("yes",), least=1),
    AnswerRule("P2-answer-stroke", 2, "stroke", "stroke_signs",
               Text("có dấu hiệu đột quỵ", "signs of a stroke"), ("yes",)),
    AnswerRule("P2-answer-chest", 2, "chest_pain", "chest_pain", Text("đau ngực", "chest pain"), ("yes",)),
    AnswerRule("P2-answer-spread", 2, "fire", "spreading",
               Text("có nguy cơ lan rộng", "it may spread"), ("yes",)),
)  # fmt: skip

# What a call is until anything is known. Fire, ambulance and rescue calls are serious until shown otherwise.
DEFAULTS: dict[Service, tuple[Priority, str]] = {
    "114": (2, "fire"),
    "115": (2, "illness"),
    "112": (2, "other"),
    "113": (3, "other"),
}
