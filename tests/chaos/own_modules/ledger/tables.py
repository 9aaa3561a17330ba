"""Rows as they were applied. Nothing here is unique but the row's own number: a double effect must show."""

from __future__ import annotations

from sqlalchemy import Column, Float, Integer, MetaData, String, Table

metadata = MetaData()

booking = Table(
    "ledger_booking",
    metadata,
    Column("row", Integer, primary_key=True, autoincrement=True),
    Column("account", String(64), nullable=False),
    Column("entry", String(64), nullable=False),
    Column("event", String(64), nullable=False),
    Column("position", Integer, nullable=False),
    Column("balance", Integer, nullable=False),
)

metered = Table(
    "ledger_metered",
    metadata,
    Column("row", Integer, primary_key=True, autoincrement=True),
    Column("meter", String(64), nullable=False),
    Column("reading", String(128), nullable=False),
    Column("value", Float, nullable=False),
    Column("count", Integer, nullable=False),
)
