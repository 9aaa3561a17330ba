"""The settings of a demonstration: loopback, its own keys, everything in one folder."""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from ioc.settings import KEY_BYTES, Settings


def state_dir_of(city: str) -> Path:
    """Where the demonstration of a city keeps its data: `var/<city>` below the working folder."""
    return Path("var", city).absolute()


def demo_settings(city_dir: Path, state_dir: Path, *, port: int = 8000, data_dir: Path | None = None) -> Settings:
    """Settings of a demonstration; its keys are made at the first start and kept beside its data."""
    state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    level: dict[str, Any] = {} if "IOC_LOG_LEVEL" in os.environ else {"log_level": "warning"}
    return Settings(
        mode="demo",
        city_dir=city_dir,
        state_dir=state_dir,
        data_dir=data_dir.absolute() if data_dir else None,
        host="127.0.0.1",
        port=port,
        database_url="",
        redis_url="",
        secret_key=SecretStr(_kept_key(state_dir / "secret.key")),
        personal_key=SecretStr(_kept_key(state_dir / "personal.key")),
        **level,
    )


def _kept_key(path: Path) -> str:
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode(), encoding="ascii")
    return path.read_text(encoding="ascii").strip()
