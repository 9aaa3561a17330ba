"""Why an address was not fetched, in words for people. `code` is a stable word for tests and logs."""

from __future__ import annotations

from ioc.contract.errors import SourceUnavailable
from ioc.core.text import Text

_REASONS: dict[str, Text] = {
    "bad-url": Text("Địa chỉ không hợp lệ", "The address is not valid"),
    "bad-scheme": Text("Chỉ nhận địa chỉ http và https", "Only http and https addresses are fetched"),
    "credentials": Text("Địa chỉ không được chứa mật khẩu", "The address must hold no password"),
    "bad-port": Text("Cổng {port} không được phép", "Port {port} is not allowed"),
    "private-address": Text(
        "Tên {host} trỏ vào mạng nội bộ và không có trong private_hosts của thành phố",
        "{host} leads into a private network and is not in the city's private_hosts",
    ),
    "no-such-host": Text("Không tìm thấy máy chủ {host}", "The host {host} was not found"),
    "no-connection": Text("Không kết nối được với {host}", "No connection to {host}"),
    "bad-certificate": Text("Chứng chỉ TLS của {host} không hợp lệ", "The TLS certificate of {host} is not valid"),
    "too-slow": Text("Máy chủ {host} trả lời quá chậm", "The host {host} is too slow"),
    "bad-answer": Text("Máy chủ {host} trả lời sai giao thức", "The host {host} broke the protocol"),
    "status": Text("Máy chủ {host} trả lời mã {status}", "The host {host} answered with status {status}"),
    "too-many-redirects": Text("Chuyển hướng quá nhiều lần", "Too many redirects"),
    "redirect-loop": Text("Chuyển hướng thành vòng lặp", "The redirects go in a circle"),
    "downgrade": Text("Chuyển hướng từ https về http bị từ chối", "A redirect from https to http is refused"),
    "too-large": Text("Nội dung lớn hơn {most} MiB", "The content is larger than {most} MiB"),
    "bad-encoding": Text("Cách nén “{encoding}” không được hỗ trợ", "The encoding “{encoding}” is not supported"),
    "broken-encoding": Text("Dữ liệu nén bị hỏng", "The compressed data are broken"),
    "bad-type": Text("Loại nội dung “{type}” không được nhận", "The content type “{type}” is not taken"),
    "too-many-headers": Text("Quá nhiều tiêu đề trong câu trả lời", "Too many headers in the answer"),
}
CODES = frozenset(_REASONS)


class FetchFailed(SourceUnavailable):
    """An address gave nothing that may be used; `text` says why in both languages."""

    def __init__(self, code: str, **values: object) -> None:
        self.code = code
        super().__init__(_REASONS[code].fill(**values))
