"""ONNX files written by hand, byte for byte: models of any shape that do nothing."""

from __future__ import annotations

FLOAT, DOUBLE = 1, 11


def model(shape: list[int], output: list[int] | None = None, kind: int = FLOAT) -> bytes:
    """A model with one input that gives it back, or, where `output` is said, a constant of that shape full of zeros."""
    if output is None:
        node, made = _field(1, b"images") + _field(2, b"output") + _field(4, b"Identity"), shape
    else:
        dims = _field(1, b"".join(_varint(side) for side in output)) + _number(2, FLOAT)
        count = 1
        for side in output:
            count *= side
        tensor = dims + _field(9, bytes(4 * count))
        attribute = _field(1, b"value") + _field(5, tensor) + _number(20, 4)
        node, made = _field(2, b"output") + _field(4, b"Constant") + _field(5, attribute), output
    graph = _field(1, node) + _field(2, b"g")
    graph += _field(11, _value(b"images", shape, kind)) + _field(12, _value(b"output", made, kind))
    return _number(1, 8) + _field(7, graph) + _field(8, _number(2, 13))


def _value(name: bytes, shape: list[int], kind: int) -> bytes:
    sides = b"".join(_field(1, _number(1, side)) for side in shape)
    return _field(1, name) + _field(2, _field(1, _number(1, kind) + _field(2, sides)))


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _varint(value: int) -> bytes:
    parts = []
    while value > 127:
        parts.append(value & 127 | 128)
        value >>= 7
    return bytes([*parts, value])
