"""The module's own tables. Times are UTC text with milliseconds (`ioc.core.clock.iso`): they compare as they read."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, Index, MetaData, String, Table, Text, false

metadata = MetaData()

# How each segment was last measured: `body` is the JSON that screens are shown, `at` the end of its interval.
segment = Table(
    "traffic_segment",
    metadata,
    Column("id", String(120), primary_key=True),
    Column("at", String(24), nullable=False),
    Column("body", Text, nullable=False),
    Column("simulated", Boolean, nullable=False),
)

detector = Table(
    "traffic_detector",
    metadata,
    Column("id", String(120), primary_key=True),
    Column("at", String(24), nullable=False),
    Column("faulty", Boolean, nullable=False),
    Column("reason_vi", Text),
    Column("reason_en", Text),
    Column("veh_h", Float),
    Column("occupancy", Float),
    Column("speed", Float),
    Column("queue", Float),
    Column("simulated", Boolean, nullable=False),
)

# Suspected incidents, one row a story and spot.
incident = Table(
    "traffic_incident",
    metadata,
    Column("story", String(200), primary_key=True),
    Column("spot", String(250), primary_key=True),
    Column("segment", String(120), nullable=False),
    Column("since", String(24), nullable=False),
    Column("cleared_at", String(24)),
    Column("simulated", Boolean, nullable=False),
    Index("traffic_incident_open", "cleared_at"),
)

# Usual speeds by detector: `body` is JSON of `usual.UsualSpeeds`.
usual = Table(
    "traffic_usual",
    metadata,
    Column("detector", String(120), primary_key=True),
    Column("refreshed_at", String(24), nullable=False),
    Column("body", Text, nullable=False),
)

# The last hour of an indicator, oldest first: `body` is a JSON list, `at` the time of its last number.
trend = Table(
    "traffic_trend",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("at", String(24), nullable=False),
    Column("body", Text, nullable=False),
)

# Vehicles and PCU per hour that cameras count on a segment.
camera_flow = Table(
    "traffic_camera_flow",
    metadata,
    Column("segment", String(120), primary_key=True),
    Column("at", String(24), nullable=False),
    Column("veh_h", Float, nullable=False),
    Column("pcu_h", Float, nullable=False, server_default="0"),
    Column("cameras", Text, nullable=False),
    Column("simulated", Boolean, nullable=False),
    Column("doubted", Boolean, nullable=False, server_default=false()),
)

# What speaks of water on the ground, by reports and stories: `body` is JSON of `water.Note`, `at` when it was said.
water = Table(
    "traffic_water",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("at", String(24), nullable=False),
    Column("body", Text, nullable=False),
    Index("traffic_water_at", "at"),
)

# What is remembered of segments that may be flooded: `body` is JSON of `flooding.Flooding`, `story` that of a hint
# which is open, empty where there is none; `dataclass` of what was told.
flooding = Table(
    "traffic_flooding",
    metadata,
    Column("segment", String(120), primary_key=True),
    Column("story", String(200), nullable=False),
    Column("body", Text, nullable=False),
    Column("dataclass", String(16), nullable=False),
    Column("simulated", Boolean, nullable=False),
)
