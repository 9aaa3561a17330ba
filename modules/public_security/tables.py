"""The module's own tables. Times are UTC text with milliseconds (`ioc.core.clock.iso`): they compare as they read."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, Index, Integer, MetaData, String, Table, Text

metadata = MetaData()

record = Table(
    "public_security_record",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("number", String(24), nullable=False),
    Column("type", String(32), nullable=False),
    Column("method", String(32), nullable=False),
    Column("source", String(16), nullable=False),
    Column("severity", Integer, nullable=False),
    Column("location", String(8), nullable=False),
    Column("lon", Float),
    Column("lat", Float),
    Column("uncertainty_m", Float),
    Column("ward_code", String(16)),
    Column("ward_name", Text),
    Column("place_name", Text),
    Column("t_from", String(24), nullable=False),
    Column("t_to", String(24), nullable=False),
    Column("recorded_at", String(24), nullable=False),
    Column("recorded_by", String(64), nullable=False),
    Column("personal", String(36)),
    Column("simulated", Boolean, nullable=False),
    Index("public_security_record_from", "t_from"),
    Index("public_security_record_recorded", "recorded_at"),
)

# What lasts, as was said of it: somebody in a restricted zone, a crowd, a camera that is covered.
condition = Table(
    "public_security_condition",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("began_at", String(24), primary_key=True),
    Column("kind", String(24), nullable=False),
    Column("camera", String(64), nullable=False),
    Column("story", String(200), nullable=False),
    Column("ended_at", String(24)),
    Column("simulated", Boolean, nullable=False),
    Index("public_security_condition_kind", "kind", "camera", "began_at"),
)

camera = Table(
    "public_security_camera",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("at", String(24), nullable=False),
    Column("simulated", Boolean, nullable=False),
)

# The hot cells as of the last run; `said` is the confidence (95, 99) already told of, 0 where it was not.
cell = Table(
    "public_security_cell",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("lon", Float, nullable=False),
    Column("lat", Float, nullable=False),
    Column("ring", Text, nullable=False),
    Column("count", Integer, nullable=False),
    Column("z", Float, nullable=False),
    Column("q", Float, nullable=False),
    Column("confidence", Integer, nullable=False),
    Column("hot", Boolean, nullable=False),
    Column("said", Integer, nullable=False),
    Column("seen_at", String(24), nullable=False),
    Column("simulated", Boolean, nullable=False),
)

# What the last run found of near-repeat, one row a type of record. `needed` is how many records it takes to say
# anything; `said_at` is when it was told last.
near_repeat = Table(
    "public_security_near_repeat",
    metadata,
    Column("type", String(32), primary_key=True),
    Column("state", String(8), nullable=False),
    Column("records", Integer, nullable=False),
    Column("needed", Integer, nullable=False),
    Column("space_m", Float),
    Column("days", Float),
    Column("pairs", Integer),
    Column("expected", Float),
    Column("ratio", Float),
    Column("p", Float),
    Column("q", Float),
    Column("said_at", String(24)),
    Column("simulated", Boolean, nullable=False),
)

# Cases of this module that wait at the desk for somebody to go there.
case = Table(
    "public_security_case",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("number", Integer, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("title_vi", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("lon", Float, nullable=False),
    Column("lat", Float, nullable=False),
    Column("correlation", String(200), nullable=False),
    Column("opened_at", String(24), nullable=False),
    Column("dataclass", String(16), nullable=False),
    Column("simulated", Boolean, nullable=False),
)

# Proposals that a patrol look somewhere: `place` is the key of the reason, `reasons` JSON texts, `state` open,
# accepted, left, gone (its reason or its patrol is) or aged (nobody answered).
look = Table(
    "public_security_look",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("place", String(120), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("state", String(8), nullable=False),
    Column("unit", String(64), nullable=False),
    Column("unit_name", Text, nullable=False),
    Column("lon", Float, nullable=False),
    Column("lat", Float, nullable=False),
    Column("radius_m", Float, nullable=False),
    Column("place_name", Text),
    Column("ward_code", String(16)),
    Column("ward_name", Text),
    Column("reasons", Text, nullable=False),
    Column("distance_m", Float, nullable=False),
    Column("minutes", Float, nullable=False),
    Column("fix_at", String(24), nullable=False),
    Column("mode", String(16), nullable=False),
    Column("correlation", String(200), nullable=False),
    Column("made_at", String(24), nullable=False),
    Column("ended_at", String(24)),
    Column("ended_vi", Text),
    Column("ended_en", Text),
    Column("answered_by", String(64)),
    Column("answer_id", String(36)),  # of builds that told by it whose answer had come first
    Column("dataclass", String(16), nullable=False),
    Column("simulated", Boolean, nullable=False),
    Index("public_security_look_state", "state", "made_at"),
)

run = Table(
    "public_security_run",
    metadata,
    Column("name", String(24), primary_key=True),
    Column("at", String(24), nullable=False),
)
