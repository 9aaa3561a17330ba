"""Imported once by the fork server, so that every child shares these pages instead of loading its own."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import aiomqtt  # noqa: F401
import fastapi  # noqa: F401
import msgspec  # noqa: F401
import numpy  # noqa: F401
import redis.asyncio  # noqa: F401
import shapely  # noqa: F401
import sqlalchemy.ext.asyncio  # noqa: F401
import structlog  # noqa: F401
import uvicorn  # noqa: F401

import ioc.contract
import ioc.store  # noqa: F401
