"""Who may call a route. A route without a rule does not start."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeVar

import msgspec

from ioc.core.dataclass import PUBLIC_ONLY, DataClass

Role = Literal["anyone", "wall", "device", "operator", "supervisor", "admin"]
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])

# What each role includes. A wall and a device stand apart: neither may do what the other may.
INCLUDES: dict[Role, frozenset[Role]] = {
    "anyone": frozenset({"anyone"}),
    "wall": frozenset({"anyone", "wall"}),
    "device": frozenset({"anyone", "device"}),
    "operator": frozenset({"anyone", "wall", "operator"}),
    "supervisor": frozenset({"anyone", "wall", "operator", "supervisor"}),
    "admin": frozenset({"anyone", "wall", "operator", "supervisor", "admin"}),
}


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """Who is asking: a person, a device, a wall, or nobody we know (`role` anyone).

    `modules` limits a person or device to some modules; empty means all of the city. `sign` is the call sign that
    stands on walls and in the log; `name` may be a person's own and is shown to operators only.
    """

    id: str
    name: str
    role: Role = "anyone"
    modules: frozenset[str] = frozenset()
    classes: frozenset[DataClass] = PUBLIC_ONLY
    simulated: bool = False
    sign: str = ""

    def may(self, role: Role, module: str | None = None) -> bool:
        """Whether this principal has at least `role`, for `module` where one is named. What anyone may needs no module:
        who signs in loses none of it."""
        if role not in INCLUDES[self.role]:
            return False
        return role == "anyone" or module is None or not self.modules or module in self.modules


ANYONE = Principal(id="anyone", name="anyone")


class Rule(msgspec.Struct, frozen=True):
    """A route is open to principals that have any one of `roles` (for `module` where named)."""

    roles: tuple[Role, ...]
    module: str | None = None

    def admits(self, principal: Principal) -> bool:
        """Whether the principal may call the route."""
        return any(principal.may(role, self.module) for role in self.roles)


def allow(*roles: Role, module: str | None = None) -> Callable[[Endpoint], Endpoint]:
    """Puts the rule on a route's function; stand it directly below the router's decorator."""

    def put(endpoint: Endpoint) -> Endpoint:
        endpoint.__ioc_rule__ = Rule(roles, module)  # type: ignore[attr-defined]
        return endpoint

    return put


def rule_of(endpoint: Callable[..., Any]) -> Rule | None:
    """The rule of a route's function, or None where none was given."""
    return getattr(endpoint, "__ioc_rule__", None)
