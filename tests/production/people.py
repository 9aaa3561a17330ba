"""Who comes to the city: visitors through the reverse proxy, people who sign in, walls and devices with keys."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import httpx

from tests.production.installation import PUBLIC_NAME, PUBLIC_URL, Installation

ADMIN = ("quan.tri", "một mật khẩu dài đủ ý 1")
OPERATOR = ("truc.ban", "một mật khẩu dài khác 22")
_addresses = itertools.count(1)


def fresh_address() -> str:
    """An address nobody else has, of the block for documentation and tests."""
    number = next(_addresses)
    return f"198.18.{number // 250}.{number % 250 + 1}"


class Visitor:
    """A browser or program behind the proxy: the headers are those deploy/nginx.conf sets.

    With `key` it sends a bearer token; after `sign_in` it has a session and sends the pages' own `Origin`.
    """

    def __init__(self, city: Installation, *, key: str | None = None, address: str | None = None) -> None:
        self.city = city
        self.address = address or fresh_address()
        self.cookie = ""
        headers = {"Host": PUBLIC_NAME, "X-Forwarded-Proto": "https", "X-Forwarded-For": self.address}
        if key is not None:
            headers["Authorization"] = f"Bearer {key}"
        # no certificates are loaded: there is no TLS before the proxy
        self._http = httpx.Client(base_url=city.url, headers=headers, timeout=60, trust_env=False, verify=False)  # noqa: S501

    def sign_in(self, username: str, password: str) -> dict[str, Any]:
        answer = self.post("/api/v1/session", json={"username": username, "password": password})
        assert answer.status_code == 200, answer.text
        # by hand: the cookie is for TLS only, and TLS ends at the proxy
        self.cookie = answer.headers["set-cookie"].partition(";")[0]
        self._http.headers.update({"Cookie": self.cookie, "Origin": PUBLIC_URL})
        self._http.cookies.clear()
        who: dict[str, Any] = answer.json()
        return who

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self._http.request(method, path, **options)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self.request("POST", path, **options)

    @property
    def feed_headers(self) -> dict[str, str]:
        """What a browser's feed connection carries."""
        return {"Cookie": self.cookie} if self.cookie else {}


def make_admin(city: Installation) -> None:
    """`ioc people add`, the password typed twice at the prompt."""
    name, password = ADMIN
    done = city.run("people", "add", name, "--role", "admin", "--name", "Quản trị", stdin=f"{password}\n{password}\n")
    assert done.returncode == 0, done.stdout + done.stderr


@dataclass(frozen=True)
class Desk:
    """Those who use the city every day, and the keys they hold."""

    operator: Visitor
    wall: Visitor
    device: Visitor
    wall_key: str
    device_key: str

    @classmethod
    def made_by(cls, city: Installation, admin: Visitor) -> Desk:
        name, password = OPERATOR
        body = {"username": name, "password": password, "name": "Trực ban", "role": "operator"}
        made = admin.post("/api/v1/people", json=body)
        assert made.status_code == 201, made.text
        operator = Visitor(city)
        operator.sign_in(name, password)
        wall_key, device_key = new_key(admin, "wall"), new_key(admin, "device")
        wall, device = Visitor(city, key=wall_key), Visitor(city, key=device_key)
        return cls(operator, wall, device, wall_key, device_key)


def new_key(admin: Visitor, kind: str) -> str:
    answer = admin.post("/api/v1/devices", json={"kind": kind, "name": f"khóa thử {kind}"})
    assert answer.status_code == 201, answer.text
    token: str = answer.json()["token"]
    return token
