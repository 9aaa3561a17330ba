"""Who may do what at an MQTT broker, in the files mosquitto reads: passwords as salted hashes, topics as rules."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Iterable, Mapping

import msgspec

from ioc.city.profile import City
from ioc.host.mqtt import SIMULATED

READER = "ioc"  # the city's modules
SIMULATOR = "simulator"
WATCHED = "$SYS/broker/uptime"  # what the health check asks for
ITERATIONS = 1_000  # passwords are random, so a slow hash would only slow the broker
SALT_BYTES = 12
HASH_BYTES = 64
USER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


class Account(msgspec.Struct, frozen=True):
    """One user and the topics it may read or write; a filter may hold `+` and `#`."""

    user: str
    writes: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()


class BadAccount(ValueError):
    """A user's name or topic cannot stand in the broker's files."""


def reader() -> Account:
    """The city's own user: reads everything, says nothing."""
    return Account(READER, reads=("#", WATCHED))


def simulator() -> Account:
    """The simulator's user in a demonstration: may speak below its own prefix only."""
    return Account(SIMULATOR, writes=(f"{SIMULATED}#",))


def device(user: str, topics: Iterable[str]) -> Account:
    """A device: it may write its own topics and read nothing.

    Raises:
        BadAccount: its name or a topic is not fit, or a topic is a filter.
    """
    writes = tuple(topics)
    if not USER.fullmatch(user) or user in (READER, SIMULATOR):
        raise BadAccount(f"{user!r}: a name has 1 to 64 of the characters A-Z a-z 0-9 _ . -, and is not ours")
    for topic in writes:
        if not topic.isprintable() or not topic.strip("/") or set("#+$") & set(topic) or topic != topic.strip():
            raise BadAccount(f"{user}: {topic!r} is no topic of one device")
    return Account(user, writes)


def detectors(city: City) -> list[Account]:
    """One account for each detector of the profile, for the topic of its own records."""
    return [device(one.id, (_records(one.id),)) for one in city.detectors]


def of_detector(account: Account) -> bool:
    """Whether `detectors` made it, now or for an earlier profile."""
    return account.writes == (_records(account.user),)


def _records(detector: str) -> str:
    return f"traffic/{detector}/record"


def new_password() -> str:
    """A password of 192 random bits, in letters and digits: it stands in addresses and commands as it is."""
    return secrets.token_hex(24)


def hashed(password: str, salt: bytes | None = None) -> str:
    """The password as mosquitto keeps it: PBKDF2 with SHA-512, `$7$iterations$salt$hash`."""
    salt = salt or secrets.token_bytes(SALT_BYTES)
    made = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ITERATIONS, HASH_BYTES)
    return f"$7${ITERATIONS}${base64.b64encode(salt).decode()}${base64.b64encode(made).decode()}"


def password_file(hashes: Mapping[str, str]) -> str:
    """Hashes by user, as lines of mosquitto's `password_file`."""
    return "".join(f"{user}:{text}\n" for user, text in hashes.items())


def hashes_of(text: str) -> dict[str, str]:
    """The hashes of a `password_file`, by user."""
    pairs = (line.partition(":") for line in text.splitlines() if ":" in line)
    return {user: kept for user, _, kept in pairs}


def acl_file(accounts: Iterable[Account]) -> str:
    """The rules as mosquitto's `acl_file`; what is not named is forbidden."""
    return "\n".join(_rules(account) for account in accounts)


def accounts_of(text: str) -> list[Account]:
    """The accounts of an `acl_file` that `acl_file` wrote."""
    found: list[Account] = []
    for line in filter(None, text.splitlines()):
        word, _, rest = line.partition(" ")
        what, _, topic = rest.partition(" ")
        if word == "user":
            found.append(Account(rest))
        elif what == "read":
            found[-1] = msgspec.structs.replace(found[-1], reads=(*found[-1].reads, topic))
        else:
            found[-1] = msgspec.structs.replace(found[-1], writes=(*found[-1].writes, topic))
    return found


def _rules(account: Account) -> str:
    reads = "".join(f"topic read {topic}\n" for topic in account.reads)
    return f"user {account.user}\n{reads}" + "".join(f"topic write {topic}\n" for topic in account.writes)
