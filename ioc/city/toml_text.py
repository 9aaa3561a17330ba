"""Tables of a profile written as TOML: what an overlay needs of it and no more."""

from __future__ import annotations

import json
from typing import Any


def toml_text(tables: dict[str, Any]) -> str:
    """Keys first, then each list of tables as `[[name]]` blocks."""
    keys = [f"{name} = {_value(value)}" for name, value in tables.items() if not _rows(value)]
    blocks = [_block(name, row) for name, value in tables.items() if _rows(value) for row in value]
    return "\n".join([*keys, *blocks]) + "\n"


def _rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


def _block(name: str, row: dict[str, Any]) -> str:
    return "\n".join([f"\n[[{name}]]", *(f"{key} = {_value(value)}" for key, value in row.items())])


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_value(one)}" for key, one in value.items()) + " }"
    if _rows(value):  # inside a row: one a line, so that a person can read it
        return "[\n" + "".join(f"    {_value(one)},\n" for one in value) + "]"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    # text, numbers and true/false look alike in both, but for one sign that TOML wants escaped
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
