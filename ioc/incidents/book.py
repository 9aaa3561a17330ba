"""What operators do to incidents: each command is one commit, refused when someone was quicker."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ioc.contract import Principal, Sealed
from ioc.core.dataclass import EVERYTHING, DataClass
from ioc.core.envelope import Recorded
from ioc.core.errors import not_found
from ioc.core.ids import new_id
from ioc.incidents.belonging import Rule
from ioc.incidents.grouping import link, move, parts_of, suggest
from ioc.incidents.states import EVENT, Command, act, check_lead
from ioc.incidents.tables import incident as table
from ioc.incidents.telling import event_of, save
from ioc.incidents.view import Incident, from_store
from ioc.store import Job, Store, Transaction

MOST = 500


class IncidentBook:
    """All incidents of one city."""

    def __init__(self, store: Store, city: str, rule: Callable[[datetime], Rule | None] = lambda at: None) -> None:
        """`rule` says, for a moment, which cases tell of one happening."""
        self._store = store
        self._city = city
        self._rule = rule

    async def act(self, incident_id: str, command: Command, by: Principal, note: str | None = None) -> Incident:
        """Carries out a command. Raises Problem as the job of `acting` does."""
        return await self._store.write(self.acting(incident_id, command, by, note))

    def acting(self, incident_id: str, command: Command, by: Principal, note: str | None = None) -> Job[Incident]:
        """What carries out a command in a commit, in which the note's text is sealed; it raises Problem 404, or 409 as
        in `states.act`."""

        def job(tx: Transaction) -> Incident:
            known = _read(tx, incident_id)
            extra = _extra(command)
            if note:
                sealed = Sealed(ref=f"note:{new_id()}", fields={"note": note})
                tx.seal(sealed)
                extra["note_ref"] = sealed.ref
            changed = self._changed(tx, known, command, extra)
            tx.audit(by.id, f"incident.{command.verb}", incident_id, extra)
            if command.verb == "close" and command.parts:
                self._close_parts(tx, changed, command, by)
            if command.verb == "locate" and known.lonlat is None and known.lead is None:
                changed = suggest(tx, changed, self._rule(tx.now), self._city)
            return changed

        return job

    def _changed(self, tx: Transaction, known: Incident, command: Command, extra: dict[str, Any]) -> Incident:
        """The incident after the command, saved and told."""
        changed = act(known, command, tx.now)
        if command.verb == "join":
            check_lead(known, _read(tx, str(command.lead)))
            return move(tx, known, str(command.lead), "hand", self._city, extra=extra)
        if command.verb == "part":
            return link(tx, known, None, None, self._city, extra=extra)
        save(tx, changed)
        tx.append(event_of(changed, EVENT[command.verb], self._city, tx=tx, extra=extra))
        return changed

    def _close_parts(self, tx: Transaction, lead: Incident, command: Command, by: Principal) -> None:
        """Closes what is shown beneath a case, as far as this person may; one nobody had taken is taken first."""
        for part in parts_of(tx, lead.id):
            if part.status == "closed" or part.dataclass not in by.classes or not by.may("operator", part.module):
                continue
            for verb in ("take", "close") if part.status == "new" else ("close",):
                outcome = command.outcome if verb == "close" else None
                asked = Command(verb=verb, version=part.version, by=command.by, outcome=outcome)
                extra = _extra(asked)
                part = self._changed(tx, part, asked, extra)
                tx.audit(by.id, f"incident.{verb}", part.id, extra)

    async def get(self, incident_id: str) -> Incident:
        """One incident; raises Problem 404."""
        async with self._store.read() as connection:
            body = (await connection.execute(sa.select(table.c.view).where(table.c.id == incident_id))).scalar()
        if body is None:
            raise not_found()
        return from_store(body)

    async def queue(
        self,
        *,
        open_only: bool,
        kind: str | None = None,
        limit: int = MOST,
        classes: Collection[DataClass] = EVERYTHING,
        modules: Collection[str] = (),
        before: int | None = None,
    ) -> list[Incident]:
        """Incidents of these classes of data (and modules, where named), the most urgent first, then the oldest.

        With closed ones: the highest number first, those before `before` where it is given, so that one can page.
        """
        query = sa.select(table.c.view).where(table.c.dataclass.in_(classes)).limit(min(limit, MOST))
        if modules:
            query = query.where(table.c.module.in_(modules))
        if before is not None:
            query = query.where(table.c.number < before)
        if open_only:
            query = query.where(table.c.status != "closed").order_by(table.c.priority, table.c.opened_at)
        else:
            query = query.order_by(table.c.number.desc())
        if kind:
            query = query.where(table.c.kind == kind)
        async with self._store.read() as connection:
            return [from_store(body) for body in (await connection.execute(query)).scalars()]

    async def timeline(self, incident: Incident, limit: int = 200) -> list[Recorded]:
        """Every event of the incident's story, oldest first."""
        found = await self._store.log.query(correlation=incident.correlation, limit=limit)
        return [row.recorded() for row in reversed(found)]


def _read(tx: Transaction, incident_id: str) -> Incident:
    body = tx.execute(sa.select(table.c.view).where(table.c.id == incident_id)).scalar()
    if body is None:
        raise not_found()
    return from_store(body)


def _extra(command: Command) -> dict[str, Any]:
    fields = {
        "action": command.verb,
        "by": command.by,
        "unit": command.unit,
        "agency": command.agency,
        "outcome": command.outcome,
        "lead": command.lead,
    }
    return {name: value for name, value in fields.items() if value is not None}
