"""Where the city's MQTT broker is and how to get in."""

from __future__ import annotations

import ssl
from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec

from ioc.contract import NotConfigured
from ioc.core.text import Text
from ioc.settings import Settings

PORTS = {"mqtt": 1883, "mqtts": 8883}


class BrokerAddress(msgspec.Struct, frozen=True, kw_only=True):
    """A broker, from `mqtt://user@host:1883` or `mqtts://user@host:8883`. Shown without its password, always."""

    host: str
    port: int
    user: str | None = None
    password: str | None = None
    tls: bool = False
    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    __repr__ = __str__

    def tls_context(self) -> ssl.SSLContext | None:
        """How the broker proves itself, and we to it where it asks for a certificate; None for a plain connection.

        Raises:
            NotConfigured: a named file cannot be used.
        """
        if not self.tls:
            return None
        try:
            context = ssl.create_default_context(cafile=self.ca)
            if self.cert:
                context.load_cert_chain(self.cert, self.key)
        except (OSError, ssl.SSLError) as error:
            names = "IOC_MQTT_CA, IOC_MQTT_CERT, IOC_MQTT_KEY"
            raise NotConfigured(
                Text(f"không dùng được tệp trong {names}: {error}", f"a file of {names} cannot be used: {error}")
            ) from error
        return context


def broker_of(settings: Settings) -> BrokerAddress | None:
    """The broker the installation names; None where it names none.

    `IOC_MQTT_PASSWORD` wins over a password inside the address.

    Raises:
        NotConfigured: the address cannot be read.
    """
    if not settings.mqtt_url:
        return None
    parts = urlsplit(settings.mqtt_url)
    port = _port(parts.netloc.rpartition("@")[2])
    if parts.scheme not in PORTS or not parts.hostname or port is None:
        form = "mqtt://host:1883, mqtts://user@host:8883"
        raise NotConfigured(Text(f"IOC_MQTT_URL phải có dạng {form}", f"IOC_MQTT_URL must read as one of {form}"))
    secret = settings.mqtt_password.get_secret_value()
    return BrokerAddress(
        host=parts.hostname,
        port=port or PORTS[parts.scheme],
        user=unquote(parts.username) if parts.username else None,
        password=secret or (unquote(parts.password) if parts.password else None),
        tls=parts.scheme == "mqtts",
        ca=settings.mqtt_ca,
        cert=settings.mqtt_cert,
        key=settings.mqtt_key,
    )


def _port(host_and_port: str) -> int | None:
    """The port, 0 where none is given, None for one that cannot be; reading it of the whole would tell a password."""
    try:
        return urlsplit(f"//{host_and_port}").port or 0
    except ValueError:
        return None
