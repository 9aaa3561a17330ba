"""docker-compose.yml and what it stands on: sound by its schema, without a default password, and true when run."""

from __future__ import annotations

import json
import re
import subprocess
from ipaddress import ip_address, ip_network
from pathlib import Path

import psutil
import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from ioc.api.limits import Sizes
from ioc.feed.doorway import client_address
from tests.production import compose, nginx
from tests.production.installation import BIN, PARTS, Installation, new_secrets

pytestmark = pytest.mark.timeout(600)  # the first test of the folder that needs the city starts it

SECRET = re.compile(r"(PASSWORD|SECRET|KEY|TOKEN)(?!.*_DIR$)")


def test_the_file_is_sound_by_the_compose_schema():
    command = [str(BIN / "check-jsonschema"), "--builtin-schema", "vendor.compose-spec", str(compose.FILE)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert said.returncode == 0, said.stdout + said.stderr


def test_no_secret_has_a_default():
    for name, words in compose.variables().items():
        if SECRET.search(name):
            assert all(word == "-" or word.startswith("?") or not word for word in words), f"{name}: {words}"
    assert all(not value for name, value in compose.example().items() if SECRET.search(name))


@pytest.mark.parametrize("name", sorted(n for n, words in compose.variables().items() if any("?" in w for w in words)))
def test_compose_refuses_to_start_without(name: str):
    given = new_secrets() | {name: ""}
    with pytest.raises(compose.NotSet, match=name):
        compose.filled(given)


def test_no_password_is_written_into_the_file():
    bare = {f"{service}.{name}": str(value) for service, one in compose.read()["services"].items()
            for name, value in (one.get("environment") or {}).items()}  # fmt: skip
    for name, value in bare.items():
        if SECRET.search(name):
            in_a_file = name.endswith("_FILE") and value.startswith("/run/secrets/")
            assert value.startswith("${") or in_a_file, f"{name} is written into the file"


def test_passwords_of_the_servers_are_in_no_command_environment_or_log(city: Installation):
    words = [city.variables["POSTGRES_PASSWORD"], city.variables["REDIS_PASSWORD"]]
    assert not [word for word in words if word in str(city.services)]
    assert city.bus is not None
    running = [psutil.Process(one.pid) for one in (*city.processes.values(), city.bus)]
    running += [child for one in running for child in one.children(recursive=True)]
    assert len(running) > len(PARTS)
    said = "".join(f"{one.cmdline()}{one.environ()}" for one in running)
    said += "".join(city.log_of(part) for part in PARTS)
    doctor = city.run("doctor")
    said += doctor.stdout + doctor.stderr
    assert "IOC_DATABASE_PASSWORD_FILE" in said and not [word for word in words if word in said]


def test_every_variable_is_described_in_the_example():
    text = compose.EXAMPLE.read_text(encoding="utf-8")
    assert set(compose.example()) == set(compose.variables()) | compose.OWN
    for name in compose.variables():
        before = text[: text.index(f"\n{name}=")].splitlines()
        assert any(line.startswith("#") for line in before[-4:]), f"nothing is said of {name}"


def test_only_the_proxy_and_the_brokers_door_of_tls_are_open_to_the_world():
    services = compose.read()["services"]
    assert {name: one["ports"] for name, one in services.items() if "ports" in one} == {
        "proxy": ["80:80", "443:443"],
        "broker": ["8883:8883"],
    }
    assert compose.read()["networks"]["inside"]["internal"] is True
    for name in ("database", "bus", "desk", "modules"):
        assert services[name]["networks"] == ["inside"]


@pytest.mark.parametrize("part", PARTS)
def test_our_own_containers_can_change_nothing_but_their_data(part: str):
    service = compose.read()["services"][part]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["volumes"] == ["state:/var/lib/ioc", "${IOC_SECRETS_DIR:-./secrets}:/run/secrets:ro"]


def test_the_image_runs_the_commands_as_nobody_special():
    lines = (compose.ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    assert 'ENTRYPOINT ["ioc"]' in lines
    assert "USER ioc" in lines
    assert lines.index("USER ioc") < lines.index('ENTRYPOINT ["ioc"]')


@pytest.mark.parametrize("service", [*PARTS, "bus", "database"])
def test_the_health_checks_work(city: Installation, service: str):
    assert city.healthy(service)


def test_the_health_checks_notice_what_is_missing(city: Installation):
    nowhere = Installation(city.folder / "nowhere", city.variables, city.services, 9, city.database, 9)
    assert not [service for service in (*PARTS, "bus") if nowhere.healthy(service)]


def test_every_service_has_a_health_check():
    assert not [name for name, service in compose.read()["services"].items() if "healthcheck" not in service]


def test_the_bus_keeps_what_it_holds_and_lets_nobody_in_without_the_password(city: Installation):
    once = Retry(NoBackoff(), 0)
    with redis.Redis(port=city.bus_port, retry=once) as stranger, pytest.raises(redis.AuthenticationError):
        stranger.ping()
    with redis.Redis(port=city.bus_port, password=city.variables["REDIS_PASSWORD"], socket_timeout=3) as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("appendonly") == {"appendonly": "yes"}


@pytest.mark.parametrize(
    ("name", "words", "said"),
    [("DATABASE", ("dead", "list"), "does not take this password"), ("REDIS", ("up", "--only", "desk"), "password")],
)
def test_a_wrong_password_is_said_in_words_and_not_told(
    city: Installation, tmp_path: Path, name: str, words: tuple[str, ...], said: str
):
    wrong = tmp_path / "password"
    wrong.write_text("wrongwrong", encoding="ascii")
    environment = city.environment("api") | {f"IOC_{name}_PASSWORD_FILE": str(wrong)}
    command = city.command("api", *words)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 2 and f"IOC_{name}_URL" in done.stderr and said in done.stderr, done.stderr
    assert "wrongwrong" not in done.stdout + done.stderr and "Traceback" not in done.stderr


def test_the_database_has_postgis_and_lets_nobody_in_without_the_password(city: Installation):
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(f"postgresql://ioc@127.0.0.1:{city.database.port}/ioc", connect_timeout=3)
    with psycopg.connect(city.database.url("ioc"), connect_timeout=3) as connection:
        found = connection.execute("select count(*) from pg_extension where extname = 'postgis'").fetchone()
        assert found == (1,)
        assert connection.execute("show data_checksums").fetchone() == ("on",)


@pytest.fixture(scope="module")
def proxy() -> nginx.Directive:
    return nginx.parse(compose.NGINX.read_text(encoding="utf-8"))


@pytest.mark.parametrize("broken", ["http { server {", "http { } }", "listen 80", "server { listen 80 }", "{ }"])
def test_the_reader_of_nginx_files_refuses_what_nginx_refuses(broken: str):
    with pytest.raises(nginx.Malformed):
        nginx.parse(broken)


def test_the_proxy_serves_tls_only_and_of_today(proxy: nginx.Directive):
    plain, secure = proxy.all("server")
    assert plain.value("listen") == ("80",)
    assert plain.value("return") == ("308", "https://$host$request_uri")
    assert secure.value("listen") == ("443", "ssl")
    assert secure.value("ssl_protocols") == ("TLSv1.2", "TLSv1.3")
    ciphers = secure.value("ssl_ciphers")[0].split(":")
    assert all(cipher.startswith("ECDHE-") and "-GCM-" in cipher for cipher in ciphers)
    mounts = compose.read()["services"]["proxy"]["volumes"]
    folder = next(mount.split(":")[-2] for mount in mounts if "IOC_TLS_DIR" in mount)
    assert {Path(secure.value(f"ssl_certificate{end}")[0]).parent for end in ("", "_key")} == {Path(folder)}


def test_the_proxy_leads_to_the_api_and_lets_the_feed_through(proxy: nginx.Directive):
    services = compose.read()["services"]
    assert proxy.value("proxy_pass") == (f"http://api:{services['api']['environment']['IOC_PORT']}",)
    assert set(services["proxy"]["networks"]) & set(services["api"]["networks"])
    assert proxy.value("proxy_http_version") == ("1.1",)
    headers = {one.words[1]: one.words[2] for one in proxy.all("proxy_set_header")}
    assert headers["Upgrade"] == "$http_upgrade"
    assert headers["Connection"] == "$connection_upgrade"
    (upgrade,) = proxy.all("map")
    assert upgrade.words[1:] == ("$http_upgrade", "$connection_upgrade")
    assert {one.words for one in upgrade.block} == {("default", "upgrade"), ("", "")}


def test_the_proxy_tells_the_callers_address_and_believes_nobody_elses_word(proxy: nginx.Directive):
    headers = {one.words[1]: one.words[2] for one in proxy.all("proxy_set_header")}
    assert headers["X-Forwarded-For"] == "$remote_addr"
    assert headers["X-Forwarded-Proto"] == "https"
    assert headers["Host"] == "$host"


def test_the_proxys_word_is_believed_and_nobody_elses():
    trusted = json.loads(compose.filled(new_secrets())["api"]["environment"]["IOC_TRUSTED_PROXIES"])
    word = {"x-forwarded-for": "203.0.113.7"}
    assert client_address(compose.proxy_address(), word, trusted) == "203.0.113.7"
    assert client_address("203.0.113.9", word, trusted) == "203.0.113.9"
    (network,) = compose.read()["networks"]["edge"]["ipam"]["config"]
    assert ip_address(compose.proxy_address()) in ip_network(network["subnet"])


def test_the_proxy_takes_what_the_api_takes_and_little_more(proxy: nginx.Directive):
    (size,) = proxy.value("client_max_body_size")
    assert Sizes().body < int(size.removesuffix("m")) * 1024 * 1024 <= 2 * Sizes().body


def test_the_proxy_keeps_no_addresses_with_citizens_codes(proxy: nginx.Directive):
    assert proxy.value("access_log") == ("off",)
    assert proxy.value("error_log")[1] in {"crit", "alert", "emerg"}
