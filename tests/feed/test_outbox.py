"""The queue of one client, against a model: numbered frames all arrive in order or the client is told to go."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from ioc.feed.outbox import Outbox

steps = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(1, 40)),
        st.tuples(st.just("replace"), st.integers(0, 3)),
        st.tuples(st.just("push"), st.integers(1, 80)),
        st.tuples(st.just("beat"), st.just(0)),
        st.tuples(st.just("pause"), st.just(0)),
        st.tuples(st.just("resume"), st.integers(0, 6)),
    ),
    max_size=60,
)


class Pipe:
    """A transport that asks for a pause after so many writes."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.room = 10**9
        self.box = Outbox(self.write, max_bytes=200, max_messages=8)

    def write(self, data: bytes) -> None:
        self.written.append(data)
        self.room -= 1
        if self.room <= 0:
            self.box.pause()


@given(steps)
@example([("pause", 0), ("beat", 0), ("put", 10), ("beat", 0)])
def test_order_bounds_and_newest_values(history: list[tuple[str, int]]) -> None:
    pipe = Pipe()
    accepted: list[bytes] = []
    newest: dict[int, bytes] = {}
    for number, (what, size) in enumerate(history):
        if what == "put":
            frame = b"n%d:" % number + b"." * size
            if not pipe.box.put(frame):
                break
            accepted.append(frame)
        elif what == "push":
            frame = b"n%d:" % number + b"." * size
            pipe.box.push(frame)
            accepted.append(frame)
        elif what == "replace":
            newest[size] = b"v%d:%d" % (size, number)
            pipe.box.replace(("unit", size), newest[size])
        elif what == "beat":
            pipe.box.beat(b"beat:%d" % len(accepted))
        elif what == "pause":
            pipe.box.pause()
        else:
            pipe.room = size or 10**9
            pipe.box.resume()
        assert 0 <= pipe.box.size <= 200
    pipe.room = 10**9
    assert pipe.box.resume()
    assert len(pipe.box) == 0 and pipe.box.size == 0 and not pipe.box.slow
    assert [f for f in pipe.written if f.startswith(b"n")] == accepted
    if not pipe.box.shed:
        for slot, frame in newest.items():
            assert [f for f in pipe.written if f.startswith(b"v%d:" % slot)][-1] == frame
    check_beats(pipe.written)


def check_beats(written: list[bytes]) -> None:
    """A heartbeat never overtakes what it speaks of."""
    given_so_far = 0
    for frame in written:
        if frame.startswith(b"n"):
            given_so_far += 1
        elif frame.startswith(b"beat:"):
            assert int(frame[5:]) <= given_so_far
