"""ONNX files written by hand, byte for byte: models of any shape that do nothing."""

from __future__ import annotations

FLOAT, INT64, BOOL, DOUBLE = 1, 7, 9, 11
TENSOR, GRAPH = 4, 5


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


def endless(side: int) -> bytes:
    """A model of the right input that goes round for ever."""
    image, most = [1, 3, side, side], (2**62).to_bytes(8, "little")
    body = _field(1, _node(b"Identity", [b"go"], b"goes")) + _field(1, _node(b"Identity", [b"kept"], b"keeps"))
    body += _field(2, b"body") + _field(11, _value(b"number", [], INT64)) + _field(11, _value(b"go", [], BOOL))
    body += _field(11, _value(b"kept", image, FLOAT))
    body += _field(12, _value(b"goes", [], BOOL)) + _field(12, _value(b"keeps", image, FLOAT))
    inner = _field(1, b"body") + _field(6, body) + _number(20, GRAPH)
    graph = _field(1, _node(b"Constant", [], b"most", _scalar(INT64, most)))
    graph += _field(1, _node(b"Constant", [], b"yes", _scalar(BOOL, b"\1")))
    graph += _field(1, _node(b"Loop", [b"most", b"yes", b"images"], b"output", inner)) + _field(2, b"g")
    graph += _field(11, _value(b"images", image, FLOAT)) + _field(12, _value(b"output", image, FLOAT))
    return _number(1, 8) + _field(7, graph) + _field(8, _number(2, 13))


def greedy(side: int) -> bytes:
    """A model of the right input that wants a hundred thousand million numbers."""
    image, sides = [1, 3, side, side], b"".join(one.to_bytes(8, "little") for one in (100_000, 1_000_000))
    shape = _field(1, _varint(2)) + _number(2, INT64) + _field(9, sides)
    constant = _field(1, b"value") + _field(5, shape) + _number(20, TENSOR)
    graph = _field(1, _node(b"Constant", [], b"shape", constant))
    graph += _field(1, _node(b"ConstantOfShape", [b"shape"], b"output")) + _field(2, b"g")
    graph += _field(11, _value(b"images", image, FLOAT)) + _field(12, _value(b"output", [100_000, 1_000_000], FLOAT))
    return _number(1, 8) + _field(7, graph) + _field(8, _number(2, 13))


def _node(kind: bytes, inputs: list[bytes], output: bytes, attribute: bytes = b"") -> bytes:
    said = b"".join(_field(1, one) for one in inputs) + _field(2, output) + _field(4, kind)
    return said + (_field(5, attribute) if attribute else b"")


def _scalar(kind: int, raw: bytes) -> bytes:
    return _field(1, b"value") + _field(5, _number(2, kind) + _field(9, raw)) + _number(20, TENSOR)


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
