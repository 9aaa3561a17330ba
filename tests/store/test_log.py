"""The event log: order, look-up and queries, on both kinds of database."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from ioc.core.envelope import encode
from ioc.store import Store
from ioc.store.log import point_of
from tests.events import AT, an_event


async def test_positions_are_contiguous_in_commit_order(store: Store) -> None:
    positions = await asyncio.gather(*(store.write(lambda tx: tx.append(an_event())) for _ in range(200)))
    assert positions == list(range(1, 201))
    assert [row.position for row in await store.log.after(0, 500)] == positions
    assert await store.log.head() == 200


async def test_the_body_is_kept_byte_for_byte(store: Store) -> None:
    event = an_event(data={"street": "Lê Lợi", "nfd": "Lê Lợi"})
    await store.write(lambda tx: tx.append(event))
    [row] = await store.log.after(0)
    assert row.body == encode(event)
    assert row.recorded().envelope == event


async def test_events_are_seen_within_their_own_job(store: Store) -> None:
    def job(tx):
        first, second = tx.append(an_event()), tx.append(an_event())
        from sqlalchemy import text

        return first, second, tx.execute(text("select count(*) from event")).scalar_one()

    assert await store.write(job) == (1, 2, 2)


async def test_the_same_id_twice_is_refused_and_takes_no_position(store: Store) -> None:
    event = an_event()
    await store.write(lambda tx: tx.append(event))
    with pytest.raises(IntegrityError):
        await store.write(lambda tx: tx.append(event))
    assert await store.write(lambda tx: tx.append(an_event())) == 2


async def test_find_by_id(store: Store) -> None:
    event = an_event()
    await store.write(lambda tx: tx.append(event))
    found = await store.log.find(event.id)
    assert found is not None
    assert (found.position, found.envelope) == (1, event)
    assert await store.log.find("unknown") is None


QUERIES = [
    ({}, "dcba"),
    ({"modules": ["citizen"]}, "b"),
    ({"modules": []}, ""),
    ({"types": ["citizen.report.received", "traffic.jam.detected"]}, "cb"),
    ({"severity_min": 3}, "dc"),
    ({"classes": ["public"]}, "a"),
    ({"since": AT + timedelta(minutes=1), "until": AT + timedelta(minutes=3)}, "cb"),
    ({"bbox": (106.2, 18.0, 106.35, 18.1)}, "ca"),
    ({"correlation": "b"}, "b"),
    ({"limit": 2}, "dc"),
    ({"before_position": 3, "limit": 1}, "b"),
]


@pytest.mark.parametrize(("conditions", "expected"), QUERIES)
async def test_query(store: Store, conditions, expected) -> None:
    await store.write(_four_events)
    found = await store.log.query(**conditions)
    assert "".join(one.envelope.correlationid for one in found) == expected


def _four_events(tx) -> None:
    ring = {"type": "Polygon", "coordinates": [[[106.2, 18.0], [106.3, 18.0], [106.3, 18.1], [106.2, 18.0]]]}
    far = {"type": "Point", "coordinates": [105.7, 19.8]}
    tx.append(an_event(correlationid="a", dataclass="public"))
    tx.append(
        an_event(
            correlationid="b",
            module="citizen",
            type="citizen.report.received",
            time=AT + timedelta(minutes=1),
            data={"geometry": far},
        )
    )
    tx.append(
        an_event(
            correlationid="c",
            type="traffic.jam.detected",
            severity=3,
            time=AT + timedelta(minutes=2),
            data={"geometry": ring},
        )
    )
    tx.append(an_event(correlationid="d", severity=5, time=AT + timedelta(minutes=3), data={}))


@pytest.mark.parametrize(
    ("geometry", "point"),
    [
        (None, None),
        ({}, None),
        ({"type": "Point", "coordinates": [106.0, 18.0]}, (106.0, 18.0)),
        ({"type": "LineString", "coordinates": [[106.0, 18.0], [107.0, 19.0]]}, (106.5, 18.5)),
        ({"type": "Polygon", "coordinates": []}, None),
    ],
)
def test_the_point_that_stands_for_a_shape(geometry, point) -> None:
    assert point_of(geometry) == point
