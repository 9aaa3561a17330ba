"""The long run judges by what walls were sent and by how memory grows: both must be told rightly."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

import pytest

from bench.appender import TAKEN
from bench.cell_screens import CellScreen, Digest, Walls
from bench.cells import CELLS, box_of, middle_of
from bench.growth import Growth, mib_per_minute
from bench.soak import PER_POST, Posts, incomplete
from ioc.feed.subscription import Subscribe, parse
from ioc.feed.wire import frame


@pytest.mark.parametrize("cell", [0, 9, 55, CELLS - 1])
def test_a_point_lies_in_the_box_of_its_own_cell_only(cell: int):
    lon, lat = middle_of(cell)
    boxes = [box_of(one) for one in range(CELLS)]
    inside = [one for one, (west, south, east, north) in enumerate(boxes) if west < lon < east and south < lat < north]
    assert inside == [cell]


def test_a_wall_asks_for_its_cell_in_words_the_feed_takes():
    asked = parse(CellScreen(Walls(1).seen[0], 117, "khóa").subscription())
    assert isinstance(asked, Subscribe)
    assert asked.bbox == pytest.approx(box_of(17), abs=1e-4)


class Transport:
    def write(self, data: bytes) -> None:
        pass


def test_a_wall_counts_what_came_and_how_late():
    walls = Walls(2)
    screen = CellScreen(walls.seen[1], 1, "khóa")
    screen.connection_made(Transport())  # type: ignore[arg-type]
    at = datetime.fromtimestamp(time.time() - 1.5, UTC).isoformat()
    changes = [
        frame({"t": "event", "k": "a", "op": "put", "position": place, "ts": at, "rt": at, "d": {"type": kind}})
        for place, kind in ((7, TAKEN), (8, "incident.opened"), (9, TAKEN))
    ]
    screen.data_received(b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + b"".join(changes))
    seen = walls.digest()
    assert (seen.counts, seen.sums, seen.lost) == ([0, 2], [0, 16], 0)
    assert seen.lag_max >= 1_500
    walls.seen[1].alive()
    screen.connection_lost(None)
    CellScreen(walls.seen[0], 0, "khóa").connection_lost(None)  # never got in: it comes again
    assert walls.digest().lost == 1


def test_a_wall_that_misses_one_or_has_one_too_many_is_told():
    logged = {0: [1, 4], 1: [2, 3]}
    whole = Digest(counts=[2, 2, 2], sums=[5, 5, 5], lag_p99=0, lag_max=0, lost=0)
    assert incomplete(whole, logged) == 0
    assert incomplete(Digest(counts=[1, 2, 2], sums=[4, 5, 5], lag_p99=0, lag_max=0, lost=0), logged) == 1
    assert incomplete(Digest(counts=[2, 3, 2], sums=[5, 6, 9], lag_p99=0, lag_max=0, lost=0), logged) == 2


def test_memory_that_grows_is_told_in_mib_a_minute():
    points = [(float(second), 100 + second / 30) for second in range(0, 600, 5)]
    assert mib_per_minute(points) == pytest.approx(2)
    assert mib_per_minute([(0, 900), *((at + 60, 100.0) for at, _ in points)], 30) == pytest.approx(0)
    assert mib_per_minute([]) == 0


def test_the_memory_of_all_is_summed_look_by_look_without_what_came_or_went():
    growth = Growth()
    for at in (0.0, 5.0):
        growth.add(1, "api", at, 100 + at)
        growth.add(2, "desk", at, 50)
    growth.add(3, "gone", 0.0, 999)
    assert growth.together() == [(0.0, 150.0), (5.0, 155.0)]
    assert growth.peak() == 155
    assert growth.by_name() == {"api": pytest.approx(60), "desk": 0}


def test_posts_hold_every_number_once():
    posts = Posts("khóa", 4)
    bodies = [json.loads(posts[index].split(b"\r\n\r\n", 1)[1]) for index in range(len(posts))]
    numbers = [note["number"] for body in bodies for note in body["notes"]]
    assert numbers == list(range(4 * PER_POST))
