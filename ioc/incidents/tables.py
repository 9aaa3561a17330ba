"""The incident table: one row a case, its number counted per city."""

from __future__ import annotations

import sqlalchemy as sa

from ioc.store.columns import UtcTime

metadata = sa.MetaData()

incident = sa.Table(
    "incident",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("number", sa.Integer, nullable=False, unique=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("status", sa.String(16), nullable=False, index=True),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("severity", sa.Integer, nullable=False),
    sa.Column("module", sa.String(64), nullable=False),
    sa.Column("correlation", sa.String(200), nullable=False, unique=True),
    sa.Column("ward_code", sa.String(16), nullable=True),
    sa.Column("lon", sa.Float, nullable=True),
    sa.Column("lat", sa.Float, nullable=True),
    sa.Column("opened_at", UtcTime, nullable=False, index=True),
    sa.Column("updated_at", UtcTime, nullable=False, index=True),
    sa.Column("dataclass", sa.String(16), nullable=False),
    sa.Column("lead", sa.String(36), nullable=True, index=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("view", sa.LargeBinary, nullable=False),
)
