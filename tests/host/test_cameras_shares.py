"""How cameras are shared out: every worker alone comes to the same, and few cameras move."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from ioc.host.cameras_shares import GIVEN_AT_ONCE, TAKEN_AT_ONCE, moves_of

WORKERS = st.frozensets(st.sampled_from([f"máy {n}" for n in range(7)]), min_size=1)


@st.composite
def boards(draw: st.DrawFn) -> tuple[frozenset[str], dict[str, str], list[str]]:
    cameras = [f"cam-{n}" for n in range(draw(st.integers(0, 40)))]
    workers = draw(WORKERS)
    held = {one: draw(st.sampled_from(sorted(workers))) for one in cameras if draw(st.booleans())}
    return workers, held, cameras


def settle(workers: frozenset[str], held: dict[str, str], cameras: list[str]) -> int:
    """Round after round, each worker in turn, until nobody moves; how many cameras were given up."""
    given = 0
    for _ in range(200):
        moved = False
        for me in sorted(workers):
            moves = moves_of(me, workers, held, cameras)
            assert len(moves.give) <= GIVEN_AT_ONCE and len(moves.take) <= TAKEN_AT_ONCE
            assert all(held[one] == me for one in moves.give) and not set(moves.take) & set(held)
            for one in moves.give:
                del held[one]
            held |= dict.fromkeys(moves.take, me)
            given += len(moves.give)
            moved = moved or bool(moves.give or moves.take)
        if not moved:
            return given
    raise AssertionError("it never comes to rest")


@given(boards())
def test_everyone_has_a_fair_share_in_the_end(board: tuple[frozenset[str], dict[str, str], list[str]]) -> None:
    workers, held, cameras = board
    settle(workers, held, cameras)
    counts = Counter(held.values())
    assert set(held) == set(cameras)
    assert all(len(cameras) // len(workers) <= counts[one] <= -(-len(cameras) // len(workers)) for one in workers)


@given(boards())
def test_no_more_moves_than_need_to(board: tuple[frozenset[str], dict[str, str], list[str]]) -> None:
    workers, held, cameras = board
    settle(workers, held, cameras)
    before = Counter(held.values())
    share, rest = divmod(len(cameras), len(workers) + 1)
    shares = [share + 1] * rest + [share] * (len(workers) + 1 - rest)
    had = sorted((before[one] for one in workers), reverse=True)
    surplus = sum(max(0, count - fair) for count, fair in zip(had, shares, strict=False))
    assert settle(workers | {"mới"}, held, cameras) <= surplus
    assert settle(workers | {"mới"}, held, cameras) == 0


def test_a_dead_workers_cameras_go_to_the_others() -> None:
    cameras = [f"cam-{n}" for n in range(40)]
    held: dict[str, str] = {}
    settle(frozenset("abc"), held, cameras)
    left = {one: owner for one, owner in held.items() if owner != "b"}
    kept = dict(left)
    assert settle(frozenset("ac"), left, cameras) == 0
    assert kept.items() <= left.items() and Counter(left.values()) == {"a": 20, "c": 20}
