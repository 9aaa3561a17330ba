"""House rules of security as searches over the code: each names what it finds, and carries a sample it must find.

Ruff's own rules (`S`, `DTZ`, `ASYNC`) hold the general habits; these are the ones that only this product has.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Finding = tuple[int, str]  # line, what


@dataclass(frozen=True)
class HouseRule:
    """`allowed` are the files (or folders, with a slash at the end) that are the one place for it, each with why."""

    why: str
    search: Callable[[ast.AST], Iterator[Finding]]
    bad: str
    good: str
    allowed: dict[str, str] = field(default_factory=dict)

    def allows(self, file: str) -> bool:
        """Whether the file is such a place."""
        return any(file == one or (one.endswith("/") and file.startswith(one)) for one in self.allowed)


def called(node: ast.AST) -> str:
    """The dotted name of what a call calls."""
    if not isinstance(node, ast.Call):
        return ""
    return dotted(node.func)


def dotted(node: ast.AST) -> str:
    """`a.b.c` of an expression made of names."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def imported(tree: ast.AST) -> Iterator[Finding]:
    """Every imported name in full."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, one.name) for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.lineno, f"{node.module}.{one.name}") for one in node.names)


def _imports(*names: str) -> Callable[[ast.AST], Iterator[Finding]]:
    def search(tree: ast.AST) -> Iterator[Finding]:
        for line, name in imported(tree):
            if any(name == one or name.startswith(f"{one}.") for one in names):
                yield line, name

    return search


def other_parsers(tree: ast.AST) -> Iterator[Finding]:
    """XML that is read by anything but defusedxml."""
    readers = (
        "lxml",
        "xml.dom",
        "xml.sax.make_parser",
        "xml.sax.parse",
        "xml.sax.parseString",
        "xmltodict",
        "html5lib",
    )
    yield from _imports(*readers)(tree)
    names = {name.rpartition(".")[2] for _, name in imported(tree) if name.startswith("xml.etree")}
    for node in ast.walk(tree):
        name = called(node)
        if name.partition(".")[0] in names and name.rpartition(".")[2] in PARSING:
            yield getattr(node, "lineno", 0), name


PARSING = {"parse", "fromstring", "XML", "iterparse", "XMLParser", "XMLPullParser", "fromstringlist"}


def made_up_sql(tree: ast.AST) -> Iterator[Finding]:
    """SQL put together from pieces of text."""
    for node in ast.walk(tree):
        if called(node).rpartition(".")[2] in {"text", "execute", "exec_driver_sql"} and isinstance(node, ast.Call):
            for given in node.args[:1]:
                if isinstance(given, ast.JoinedStr | ast.BinOp) or called(given).endswith(".format"):
                    yield node.lineno, called(node)


SECRET = re.compile(r"(^|_)(token|secret|signature|mac|hmac|digest|password|api_key)$")


def plain_comparison(tree: ast.AST) -> Iterator[Finding]:
    """A secret compared byte by byte, which tells by its time how much was right."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and any(isinstance(one, ast.Eq | ast.NotEq) for one in node.ops):
            sides = [node.left, *node.comparators]
            if any(isinstance(one, ast.Constant) or _is_column(one) for one in sides):
                continue
            for one in sides:
                name = dotted(one).rpartition(".")[2]
                if SECRET.search(name):
                    yield node.lineno, name


def _is_column(node: ast.AST) -> bool:
    return bool(re.search(r"(^|\.)c\.", dotted(node)) or re.match(r"(account|session|device_key)\.", dotted(node)))


PEOPLE = {"phone", "name_of_caller", "narrative", "email", "password", "token", "cookie", "address", "text", "body"}


def people_in_logs(tree: ast.AST) -> Iterator[Finding]:
    """A log line with a field that may hold what a person wrote, or a secret."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or called(node).rpartition(".")[2] not in LEVELS:
            continue
        if not re.search(r"(^|\.|_)log(ger)?\.", called(node)):
            continue
        for given in node.keywords:
            if given.arg in PEOPLE:
                yield node.lineno, given.arg


LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}


def open_shapes(tree: ast.AST) -> Iterator[Finding]:
    """A model of what strangers send that takes fields nobody declared."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and any(dotted(base).endswith("BaseModel") for base in node.bases):
            told = [ast.unparse(one) for one in node.body if isinstance(one, ast.Assign | ast.AnnAssign)]
            if not any("model_config" in one and "extra='forbid'" in one.replace('"', "'") for one in told):
                yield node.lineno, node.name


def unbounded_queue(tree: ast.AST) -> Iterator[Finding]:
    """A queue between tasks without an end."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and called(node) in {"asyncio.Queue", "Queue"} and not _told(node, "maxsize"):
            yield node.lineno, "asyncio.Queue()"


def _told(call: ast.Call, name: str) -> bool:
    return bool(call.args and name == "maxsize") or any(one.arg == name for one in call.keywords)


def any_algorithm(tree: ast.AST) -> Iterator[Finding]:
    """A signed text read without saying which algorithms count."""
    for node in ast.walk(tree):
        asks = re.fullmatch(r"(jws|jwt)\.(deserialize\w*|decode)", called(node))
        if asks and isinstance(node, ast.Call) and not _told(node, "algorithms"):
            yield node.lineno, called(node)


def unsafe_reading(tree: ast.AST) -> Iterator[Finding]:
    """Reading that may run what it reads."""
    runs = {
        "eval",
        "exec",
        "pickle.load",
        "pickle.loads",
        "marshal.loads",
        "dill.loads",
        "yaml.load",
        "yaml.unsafe_load",
    }
    for node in ast.walk(tree):
        if called(node) in runs:
            yield getattr(node, "lineno", 0), called(node)


def committed_unseen(tree: ast.AST) -> Iterator[Finding]:
    """A door that commits what it decided before."""
    for node in ast.walk(tree):
        if called(node) in {"here.commit", "door.commit"}:
            yield getattr(node, "lineno", 0), called(node)


RULES: dict[str, HouseRule] = {
    "one fetcher": HouseRule(
        "what goes to an address somebody else wrote goes through ioc.fetch, which pins and refuses",
        _imports("httpx", "requests", "aiohttp", "urllib.request", "http.client", "urllib3"),
        "import httpx",
        "from ioc.fetch import Fetcher",
        {
            "ioc/fetch/": "the fetcher itself",
            "streams/http_camera.py": "runs in a confined process of its own, asks a camera, and keeps the same rules",
            "ioc/host/onvif_hearing.py": "the way of those questions, with their bounds",
            "ioc/host/onvif.py": "a command of the operator asks a camera the operator names; no redirect, no proxy",
            "ioc/cli/": "commands ask the city they started on loopback",
            "ioc/demo/": "the simulator talks to its own city on loopback",
        },
    ),
    "XML only by defusedxml": HouseRule(
        "any other reader expands entities or fetches what a document names",
        other_parsers,
        "from xml.etree import ElementTree\nElementTree.fromstring(body)",
        "from xml.etree import ElementTree\nElementTree.SubElement(root, 'a')",
    ),
    "no SQL from pieces": HouseRule(
        "what strangers send never becomes part of a statement",
        made_up_sql,
        'connection.execute(f"select * from event where id = {name}")',
        'connection.execute(text("select 1"))',
        {
            "ioc/store/backup/postgres_place.py": "drops what the catalogue names, quoted",
            "ioc/store/partitions.py": "names of partitions, made of numbers, and views as the catalogue words them",
            "ioc/store/point_partitions.py": "names of partitions, made of days",
            "ioc/store/migrations/": "the same, and index names of our own",
        },
    ),
    "secrets compared in constant time": HouseRule(
        "hmac.compare_digest tells nothing by its time",
        plain_comparison,
        "if given == self.token: pass",
        "if hmac.compare_digest(given, self.token): pass",
    ),
    "no people in logs": HouseRule(
        "logs hold references only",
        people_in_logs,
        'self._log.info("call", phone=caller.phone)',
        'self._log.info("call", ref=caller.ref)',
        {"ioc/host/cameras_keeper.py": "a camera's address, its password taken out"},
    ),
    "closed shapes": HouseRule(
        "a field nobody declared is refused, never passed on",
        open_shapes,
        "class Sent(BaseModel):\n    name: str",
        "class Sent(BaseModel):\n    model_config = ConfigDict(extra='forbid')",
    ),
    "bounded queues": HouseRule(
        "a queue without an end is memory without an end",
        unbounded_queue,
        "queue = asyncio.Queue()",
        "queue = asyncio.Queue(maxsize=100)",
        {
            "ioc/feed/session.py": "its length is asked before each message is put: a flood ends the connection",
            "ioc/bus/frames.py": "the double in memory, which holds what a test puts there",
        },
    ),
    "algorithms are named": HouseRule(
        "a key that chooses its own algorithm is no key",
        any_algorithm,
        "jws.deserialize_compact(token, key)",
        "jws.deserialize_compact(token, key, algorithms=['HS256'])",
    ),
    "reading runs nothing": HouseRule(
        "data is never code",
        unsafe_reading,
        "pickle.loads(body)",
        "json.loads(body)",
    ),
    "doors decide in the commit": HouseRule(
        "what was looked at before the commit may have changed by then: Door.decide looks in it",
        committed_unseen,
        "await here.commit(by=by, reply=reply, writes=writes)",
        "await here.decide(decide, by=by)",
        {
            "modules/emergency/call_routes.py": "a new call depends on nothing",
            "modules/public_security/record_routes.py": "a new record depends on nothing",
        },
    ),
}
