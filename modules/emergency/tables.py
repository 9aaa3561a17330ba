"""The module's own tables. Times are UTC text with milliseconds (`ioc.core.clock.iso`): they compare as they read."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, Index, Integer, MetaData, String, Table, Text

metadata = MetaData()

call = Table(
    "emergency_call",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("number", String(24), nullable=False),
    Column("service", String(8), nullable=False),
    Column("number_dialled", String(8), nullable=False),
    Column("category", String(32), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("rule", String(64), nullable=False),
    Column("rule_version", String(16), nullable=False),
    Column("reason_vi", Text, nullable=False),
    Column("reason_en", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("location", String(8), nullable=False),
    Column("lon", Float),
    Column("lat", Float),
    Column("uncertainty_m", Float),
    Column("ward_code", String(16)),
    Column("ward_name", Text),
    Column("place_name", Text),
    Column("needs", Text, nullable=False),
    Column("personal", String(36)),
    Column("received_at", String(24), nullable=False),
    Column("recorded_at", String(24), nullable=False),
    Column("assigned_at", String(24)),
    Column("incident", String(36)),
    Column("incident_number", String(32)),
    Column("duplicate_of", String(36)),
    Column("simulated", Boolean, nullable=False),
    Index("emergency_call_received", "received_at"),
    Index("emergency_call_state", "state", "priority"),
)

stamp = Table(
    "emergency_stamp",
    metadata,
    Column("call", String(36), primary_key=True),
    Column("state", String(16), primary_key=True),
    Column("at", String(24), nullable=False),
    Column("by", String(64), nullable=False),
    Column("unit", String(64)),
)

transfer = Table(
    "emergency_transfer",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("call", String(36), nullable=False),
    Column("number", String(24), nullable=False),
    Column("service", String(8), nullable=False),
    Column("agency", String(64)),
    Column("unit", String(64)),
    Column("because", String(16), nullable=False),
    Column("requested_at", String(24), nullable=False),
    Column("due_at", String(24), nullable=False),
    Column("answered_at", String(24)),
    Column("answer", String(16)),
    Column("answered_by", String(64)),
    Column("unanswered_at", String(24)),
    Column("simulated", Boolean, nullable=False),
    Index("emergency_transfer_call", "call"),
    Index("emergency_transfer_due", "answered_at", "unanswered_at", "due_at"),
)

unit = Table(
    "emergency_unit",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("state", String(16)),
    Column("state_at", String(24)),
    Column("task", String(36)),
    Column("task_number", String(24)),
    Column("lon", Float),
    Column("lat", Float),
    Column("heading_deg", Float),
    Column("speed_kmh", Float),
    Column("fix_at", String(24)),
    Column("simulated", Boolean, nullable=False),
)
