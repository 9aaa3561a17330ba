"""The files of a profile as text and as TOML tables; whatever is in one that cannot be used is said in plain words."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, cast

from ioc.city.rows import composed
from ioc.core.text import Text

TOML_LIMIT_MB = 1.0  # the largest file of a city is a fifteenth of that; reading more would only take time
_LINE = re.compile(r"\(at line (\d+), column (\d+)\)|\(at end of document\)")
_BOM = "\ufeff"
_SYNTAX = {  # how the TOML reader's words begin, and what they mean
    "Expected '='": "thiếu dấu = sau tên khoá",
    "Expected ']'": "thiếu dấu ] đóng tên bảng",
    "Expected newline": "thừa chữ ở cuối dòng",
    "Invalid value": "giá trị viết sai; chữ phải nằm trong dấu ngoặc kép",
    "Invalid statement": "dòng viết sai",
    "Invalid initial character": "tên khoá viết sai",
    "Invalid date": "ngày không có thật",
    "Cannot overwrite": "khoá này đã có ở trên",
    "Cannot declare": "bảng này đã có ở trên",
    "Unterminated string": "thiếu dấu ngoặc kép đóng",
    "Unclosed array": "thiếu dấu ] đóng danh sách",
    "Unclosed inline table": "thiếu dấu } đóng bảng",
    "Illegal character": "có ký tự không được dùng",
}


class Unreadable(Exception):
    """A file that cannot be used: `field` is the line, or `-` for the whole file, and `text` says why."""

    def __init__(self, vi: str, en: str, field: str = "-") -> None:
        self.field, self.text = field, Text(vi, en)
        super().__init__(vi)


def read_text(path: Path, limit_mb: float) -> str:
    """The text of a file, without a byte order mark.

    Raises:
        FileNotFoundError: there is no such file.
        Unreadable: a folder or device, not allowed, larger than the limit (in MB), or no UTF-8.
    """
    try:
        if path.exists() and not path.is_file():
            raise Unreadable("Không đọc được: đây không phải tệp.", "Cannot be read: this is not a file.")
        size_mb = path.stat().st_size / 1e6
        if size_mb > limit_mb:
            vi = f"Tệp quá lớn ({size_mb:.1f} MB); nhiều nhất {limit_mb:g} MB."
            raise Unreadable(vi, f"The file is too large ({size_mb:.1f} MB); at most {limit_mb:g} MB.")
        return path.read_text(encoding="utf-8").removeprefix(_BOM)
    except FileNotFoundError:
        raise
    except UnicodeDecodeError as error:
        vi, en = "Không phải văn bản UTF-8", "Not UTF-8 text"
        raise Unreadable(f"{vi} (byte thứ {error.start}).", f"{en} (at byte {error.start}).") from error
    except OSError as error:
        vi, en = "Không đọc được tệp", "Cannot be read"
        raise Unreadable(f"{vi} ({error.strerror}).", f"{en} ({error.strerror}).") from error
    except ValueError as error:  # a path with a zero byte
        raise Unreadable("Đường dẫn không dùng được.", "The path cannot be used.") from error


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a file, all text in composed form (NFC).

    Raises:
        FileNotFoundError: there is no such file.
        Unreadable: see `read_text`; or the file is no TOML.
    """
    text = read_text(path, TOML_LIMIT_MB)
    try:
        return cast(dict[str, Any], composed(tomllib.loads(text)))
    except tomllib.TOMLDecodeError as error:
        raise _syntax(str(error), text) from error
    except RecursionError as error:
        raise Unreadable("Bảng lồng nhau quá sâu.", "Tables are nested too deeply.") from error
    except ValueError as error:  # a number of thousands of digits
        raise Unreadable(f"Giá trị không dùng được ({error}).", f"A value cannot be used ({error}).") from error


def _syntax(said: str, text: str) -> Unreadable:
    at = _LINE.search(said)
    last = text.rstrip().split("\n")
    line, column = (at[1], at[2]) if at and at[1] else (str(len(last)), str(len(last[-1]) + 1))
    detail = _LINE.sub("", said).strip()
    meaning = next((vi for begin, vi in _SYNTAX.items() if said.startswith(begin)), detail)
    return Unreadable(
        f"Sai cú pháp TOML ở dòng {line}, cột {column}: {meaning}.",
        f"TOML syntax error at line {line}, column {column}: {detail}.",
        f"line {line}",
    )
