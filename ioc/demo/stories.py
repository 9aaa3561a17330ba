"""What simulated citizens and callers say. Names and numbers are invented; no person stands behind them."""

from __future__ import annotations

import random
from typing import Literal

import msgspec


class ReportStory(msgspec.Struct, frozen=True):
    """A report: the code of its service and the words."""

    service: str
    text: str


class CallStory(msgspec.Struct, frozen=True):
    """A call: the service dialled, what is said, and what the call taker ticks."""

    service: Literal["112", "113", "114", "115"]
    text: str
    answers: dict[str, object]


REPORTS: tuple[ReportStory, ...] = (
    ReportStory("traffic", "Ổ gà lớn trước số 12 đường Lê Lai gây nguy hiểm cho người đi xe máy"),
    ReportStory("traffic", "Biển báo giao thông ở ngã tư bị cây che khuất, nhiều người không thấy"),
    ReportStory("flooding", "Nước ngập khoảng 30 cm sau mưa, cống thoát không kịp"),
    ReportStory("lighting", "Đèn đường tắt cả dãy từ tối qua, đường rất tối"),
    ReportStory("lighting", "Dây điện rơi xuống đường ngay trước cổng trường, rất nguy hiểm"),
    ReportStory("waste", "Rác tồn đọng ba ngày ở đầu ngõ, mùi hôi nặng"),
    ReportStory("water", "Mất nước sinh hoạt từ sáng, cả tổ dân phố không có nước"),
    ReportStory("urban-order", "Hàng quán lấn chiếm hết vỉa hè, người đi bộ phải xuống lòng đường"),
    ReportStory("urban-order", "Công trình xây dựng đổ vật liệu ra đường, bụi mù mịt"),
    ReportStory("security", "Thanh niên tụ tập đua xe gây ồn lúc nửa đêm"),
    ReportStory("health", "Quán ăn gần chợ dùng thực phẩm có mùi lạ"),
    ReportStory("traffic", "Nắp cống mất, hố sâu giữa đường, trẻ em hay qua lại"),
)

CALLS: tuple[CallStory, ...] = (
    CallStory("114", "Cháy nhà dân hai tầng, khói nhiều, có người mắc kẹt trên tầng hai", {"trapped": True}),
    CallStory("114", "Cháy bãi rác sau chợ, lửa lan về phía nhà dân", {"burning": "bãi rác", "spreading": True}),
    CallStory("115", "Ông cụ 70 tuổi ngã, đau ngực, khó thở", {"breathing": "difficult"}),
    CallStory("115", "Tai nạn xe máy và ô tô, một người bị thương ở chân", {"injured": 1}),
    CallStory("115", "Người đàn ông ngừng thở, bất tỉnh tại chợ", {"breathing": "no", "conscious": False}),
    CallStory("113", "Hai nhóm thanh niên đánh nhau trước quán karaoke, có dao", {"weapon": True}),
    CallStory("113", "Bị giật túi xách, hai đối tượng đi xe máy chạy về phía cầu", {}),
    CallStory("113", "Hàng xóm mở loa rất to quá nửa đêm", {}),
    CallStory("112", "Thuyền đánh cá chết máy trôi ngoài cửa sông, ba người trên thuyền", {"people": 3}),
)

FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Đỗ", "Vũ", "Bùi", "Trịnh", "Mai")
GIVEN = ("Văn An", "Thị Hồng Nhung", "Quốc Bảo", "Thuỳ Dương", "Minh Khuê", "Thị Ngọc Ánh", "Đức Thịnh", "Thị Hậu")


def made_up_phone(chance: random.Random) -> str:
    """A number of a range that is given to nobody (0900 000 …)."""
    return f"0900000{chance.randrange(1000):03d}"
