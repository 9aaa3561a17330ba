"""Imported once by the fork server, so that every child shares these pages instead of loading its own."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import aiomqtt  # noqa: E402, F401
import fastapi  # noqa: E402, F401
import msgspec  # noqa: E402, F401
import numpy  # noqa: E402, F401
import redis.asyncio  # noqa: E402, F401
import shapely  # noqa: E402, F401
import sqlalchemy.ext.asyncio  # noqa: E402, F401
import structlog  # noqa: E402, F401
import uvicorn  # noqa: E402, F401

import ioc.contract  # noqa: E402
import ioc.store  # noqa: E402, F401
