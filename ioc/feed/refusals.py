"""Why the feed ends a connection: the code on the wire and the words for a person."""

from __future__ import annotations

from dataclasses import dataclass

from ioc.core.text import Text


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason: WebSocket close code, stable word, and the sentence in both languages."""

    close: int
    code: str
    text: Text


class Refused(Exception):
    """Raised where a client's message or rights end its connection."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


BAD_MESSAGE = Refusal(4400, "bad-message", Text("Thông điệp không hợp lệ", "The message is not valid"))
NOT_TEXT = Refusal(4400, "not-text", Text("Chỉ nhận thông điệp văn bản", "Only text messages are taken"))
FLOOD = Refusal(4400, "too-many-messages", Text("Gửi quá nhiều thông điệp", "Too many messages at once"))
NOT_SIGNED_IN = Refusal(4401, "not-signed-in", Text("Chưa đăng nhập hoặc phiên đã hết", "Not signed in"))
NO_RIGHT = Refusal(4403, "no-right", Text("Không có quyền xem luồng dữ liệu", "No right to this feed"))
RIGHTS_ENDED = Refusal(4403, "rights-ended", Text("Quyền truy cập đã bị thu hồi", "Your rights have ended"))
TOO_MANY = Refusal(
    4403, "too-many-connections", Text("Tài khoản mở quá nhiều kết nối", "Too many connections of one user")
)
SLOW_AUTH = Refusal(4408, "slow-sign-in", Text("Không xác thực trong thời hạn", "Not signed in in time"))
TOO_SLOW = Refusal(
    4008, "too-slow", Text("Kết nối quá chậm, hãy kết nối lại để nhận tiếp", "Too slow; connect again to go on")
)
AWAY = Refusal(1013, "try-again", Text("Hệ thống tạm thời gián đoạn, hãy thử lại", "Unavailable for now; try again"))
