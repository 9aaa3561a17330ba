"""A second folder laid over a profile: what one installation has that the city's own files should not hold."""

from __future__ import annotations

from typing import Any


def laid_over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """The tables of a file with those of `above` on top: rows with the same id replace fields of the row below, other
    rows are added, and so are other keys."""
    merged = {key: _over(below.get(key), value) for key, value in above.items()}
    return {**below, **merged}


def _over(below: Any, above: Any) -> Any:
    if isinstance(below, dict) and isinstance(above, dict):
        return laid_over(below, above)
    if _rows(below) and _rows(above):
        return _rows_over(below, above)
    return above


def _rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) and "id" in row for row in value)


def _rows_over(below: list[dict[str, Any]], above: list[dict[str, Any]]) -> list[dict[str, Any]]:
    by_id = {str(row["id"]): row for row in below}
    for row in above:
        by_id[str(row["id"])] = {**by_id.get(str(row["id"]), {}), **row}
    return list(by_id.values())
