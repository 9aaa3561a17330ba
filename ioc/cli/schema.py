"""The words of the feed as JSON Schema, from which the screens' types are written."""

from __future__ import annotations

from typing import Any

import msgspec

from ioc.contract.cards import CARDS
from ioc.feed.messages import DURABLE_CARDS, SYSTEM_MESSAGES


def feed_schema() -> dict[str, Any]:
    """One object (draft 07) whose properties name every card and message of the feed."""
    kinds = [*DURABLE_CARDS.values(), *CARDS.values(), *SYSTEM_MESSAGES.values()]
    schemas, components = msgspec.json.schema_components(kinds, ref_template="#/$defs/{name}")
    names = [kind.__name__ for kind in kinds]
    words = {
        "title": "Words",
        "type": "object",
        "properties": dict(zip(names, schemas, strict=True)),
        "required": names,
        "additionalProperties": False,
        "$defs": components,
    }
    older: dict[str, Any] = _older(words)
    return older


def _older(schema: Any) -> Any:
    """The same in draft 07, which the writer of types reads: tuples as lists of items, free objects said to be free."""
    if isinstance(schema, list):
        return [_older(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {key: _older(value) for key, value in schema.items()}
    if "prefixItems" in plain:
        plain["items"] = plain.pop("prefixItems")
    if plain.get("type") == "object" and "properties" not in plain:
        plain.setdefault("additionalProperties", True)
    return plain
