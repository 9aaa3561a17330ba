"""`settings.md`: every environment variable."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from ioc.cli.reference.built_in import built_in_modules
from ioc.cli.reference.markdown import code, head, table
from ioc.cli.reference.types import json_type
from ioc.host.discovery import OWN_FOLDER, load_module
from ioc.settings import Settings

# A setting without a line here stops the build of the page.
MEANING = {
    "mode": "`production`; `ioc demo` sets `demo` itself, and `ioc up` refuses it",
    "city_dir": "folder of the city's profile; needed",
    "city_overlay": "folder whose files lie over the profile: rows of the same id take their place",
    "state_dir": "folder for files: the embedded bus, SQLite, the observation log; needed",
    "database_url": "`postgresql://…`; empty: SQLite in the state folder",
    "redis_url": "`redis://…`, `unix://…` or `redis+sentinel://…`; empty: an embedded server is started",
    "database_url_file": "file that holds `IOC_DATABASE_URL`, instead of the variable",
    "redis_url_file": "file that holds `IOC_REDIS_URL`",
    "database_password_file": "file that holds the password of the address in `IOC_DATABASE_URL`, which then has none",
    "redis_password_file": "file that holds the password of the address in `IOC_REDIS_URL`",
    "mqtt_password_file": "file that holds `IOC_MQTT_PASSWORD`",
    "secret_key_file": "file that holds `IOC_SECRET_KEY`",
    "personal_key_file": "file that holds `IOC_PERSONAL_KEY`",
    "metrics_token_file": "file that holds `IOC_METRICS_TOKEN`",
    "mqtt_url": "`mqtt://host:1883` or `mqtts://user@host:8883`: the broker devices publish to",
    "mqtt_password": "password of the user in `IOC_MQTT_URL`",
    "mqtt_ca": "certificate of whoever signed the broker's, where the system does not know them",
    "mqtt_cert": "our own certificate, where the broker asks for one",
    "mqtt_key": "the key of that certificate",
    "camera_secrets": "TOML file, mode 600: a table a camera, `[cam-01]`, with its `user` and `password`",
    "evidence_dir": "folder of pictures kept as evidence, the same on all machines; empty: one in the state folder",
    "camera_model": "ONNX file in YOLOX layout, the detector of the cameras; others lie beside it by name",
    "data_dir": "folder of real files for a demonstration (`--data`); refused in production",
    "host": "address to listen on",
    "port": "port to listen on",
    "public_url": "the address people type; its name and origin are the ones the API answers to",
    "security_contact": "where weaknesses are reported, `mailto:…` or `https://…`; empty: the citizens' form",
    "allowed_hosts": "further names the API answers to, as a JSON list",
    "trusted_proxies": "addresses of proxies whose `X-Forwarded-For` is believed, as a JSON list",
    "secret_key": "32 random bytes in base64: signs keys of devices and walls; needed in production",
    "personal_key": "32 random bytes in base64: opens people's data; needed in production. Lost means those are lost",
    "metrics_token": "lets a scraper on another machine read `/metrics` as the password of HTTP Basic",
    "log_level": "how much is logged",
    "camera_workers": "processes of this machine that take cameras' pictures; one for each core is the advice",
    "memory_limit_mb": "memory a child process may take before it is started anew, MB",
}
COMPOSE = {
    "IOC_SECRETS_DIR": "folder of secrets, `/run/secrets` in the containers; empty: `./secrets`",
    "IOC_TLS_DIR": "folder with `fullchain.pem` and `privkey.pem`",
    "IOC_BROKER_DIR": "folder with the MQTT broker's users, rights and certificate",
    "COMPOSE_PROFILES": "`mqtt` starts the MQTT broker",
    "IOC_BUILD": "tag of the image; `local` where nothing is said",
}


def page() -> str:
    """The platform's variables, those of the compose file, and those of each module."""
    return "\n".join(
        [
            head(
                "Settings",
                "Everything an installation sets stands in the environment; there is no other configuration file "
                "but the city's profile. Wrong or missing settings are all named at once when `ioc up` starts.",
            ),
            "## The platform\n",
            table(
                ("variable", "value", "default", "meaning"),
                [
                    *(_platform(name, field) for name, field in Settings.model_fields.items()),
                    (code(OWN_FOLDER), "path", "", "a folder of modules of your own, looked into beside `modules/`"),
                ],
            ),
            "## Only for docker-compose.yml\n",
            table(("variable", "meaning"), ((code(name), text) for name, text in COMPOSE.items())),
            "## Modules\n",
            "A module's setting stands in `[modules.<name>]` of `city.toml`, or in the environment, which wins.\n",
            _modules(),
        ]
    )


def _platform(name: str, field: FieldInfo) -> tuple[str, str, str, str]:
    return code(f"IOC_{name}".upper()), _kind(field.annotation), _default(field), MEANING[name]


def _kind(annotation: Any) -> str:
    known: dict[Any, str] = {
        Path: "path",
        Path | None: "path",
        SecretStr: "secret",
        SecretStr | None: "path of a secret",
    }
    return known.get(annotation) or json_type(annotation)


def _default(field: FieldInfo) -> str:
    value = field.default
    if field.is_required() or value is None or value == "" or value == () or isinstance(value, SecretStr):
        return ""
    return code(str(value))


def _modules() -> str:
    rows = []
    for spec in built_in_modules():
        for field in msgspec.structs.fields(load_module(spec).Settings):
            variable = code(f"IOC_{spec.name}_{field.name}".upper())
            rows.append((variable, json_type(field.type), code(str(field.default))))
    if not rows:
        return "The modules that come with the product have no settings of their own.\n"
    return table(("variable", "value", "default"), rows)
