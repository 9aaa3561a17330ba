"""Citizen reports: what the desk does becomes the public state, clocks are watched, figures are counted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from ioc.city.profile import City
from ioc.contract import Attach, Decide, Event, Latest, Module, ModuleContext, Run, Write, every, on
from ioc.core.clock import iso
from ioc.core.place import Place
from ioc.core.text import Text
from modules.citizen import indicators, reports
from modules.citizen.clusters import Cluster, Dot, find_clusters
from modules.citizen.deadlines import Step, running, spent
from modules.citizen.events import ClusterDetected, ReportDueSoon, ReportOverdue
from modules.citizen.naming import agency_name, report_number, service_name
from modules.citizen.privacy import rounded
from modules.citizen.publishing import no_longer_public, updated
from modules.citizen.reports import Report
from modules.citizen.status import DONE, Status, after_desk, may_follow, meaning
from modules.citizen.tables import report

Changes = Sequence[Event | Write]

_FIGURES_AT_LEAST = timedelta(minutes=1)
_WATCHED_AT_ONCE = 500
_COMPARED_AT_ONCE = 1000
# What the citizen reads for an outcome the desk chose; any other outcome is simply "resolved".
_OUTCOMES = {
    "duplicate": Text(
        "Việc này đã được xử lý cùng một phản ánh khác.", "This was dealt with together with another report."
    ),
    "false": Text("Đã kiểm tra, không phát hiện sự việc.", "Checked; nothing was found."),
    "transferred": Text("Đã chuyển cơ quan có thẩm quyền giải quyết.", "Passed on to the responsible authority."),
}


_NOT_PUBLIC = frozenset({"duplicate", "false"})  # what was no matter of its own is no public matter either


class Citizen(Module):
    """Everything a report goes through after it was taken in."""

    def __init__(self, settings: Module.Settings) -> None:
        super().__init__(settings)
        self._figures: indicators.Figures | None = None
        self._figures_at: datetime | None = None

    @on("incident.taken", "incident.assigned", "incident.closed", "incident.reopened")
    async def follow_desk(self, event: Any, ctx: ModuleContext) -> AsyncIterator[Decide]:
        """Moves a report with its incident and tells the citizen's page."""
        yield Decide(lambda run: _followed(event, ctx.city, run))

    @on("incident.located")
    async def follow_place(self, event: Any, ctx: ModuleContext) -> AsyncIterator[Decide]:
        """Takes over the place an operator found out."""
        grid_m = ctx.threshold("citizen.public_rounding_m", event.at)
        yield Decide(lambda run: _placed(event, grid_m, run))

    @every("10s")
    async def watch_deadlines(self, ctx: ModuleContext) -> AsyncIterator[Decide]:
        """Warns when most of the time is gone, and again when all of it is; once for each deadline."""
        now = ctx.clock.now()
        warn_at = ctx.threshold("citizen.sla_warning_percent", now) / 100
        async with ctx.read() as connection:
            query = (
                reports.reports_where(report.c.status.not_in(sorted(DONE)))
                .where((report.c.breached.is_(None)) | (report.c.breached < report.c.due))
                .order_by(report.c.due)
                .limit(_WATCHED_AT_ONCE)
            )
            watched = await reports.fetch(connection, query)
        for one in watched:
            if _clock(one, now, warn_at, ctx.city):
                yield Decide(partial(_clock_now, one.id, now, warn_at, ctx.city))

    @every("15s")
    async def gather(self, ctx: ModuleContext) -> AsyncIterator[Event | Write]:
        """Notices when many reports of one kind come from one place within a day."""
        now = ctx.clock.now()
        since = now - timedelta(hours=ctx.threshold("citizen.cluster_hours", now))
        async with ctx.read() as connection:
            recent = reports.reports_where(report.c.received_at >= since, report.c.location == "known")
            dots = await reports.fetch(connection, recent.order_by(report.c.number.desc()).limit(_COMPARED_AT_ONCE))
        found = find_clusters(
            [_dot(one) for one in reversed(dots)],
            within_m=ctx.threshold("citizen.cluster_distance_m", now),
            at_least=int(ctx.threshold("citizen.cluster_reports", now)),
        )
        grid_m = ctx.threshold("citizen.public_rounding_m", now)
        simulated = any(one.simulated for one in dots)
        for cluster in found:
            yield Write(reports.gathered(cluster.joined, cluster.id))
            if cluster.new:
                yield _gathered(cluster, ctx.city, grid_m, simulated)

    @every("5s")
    async def count(self, ctx: ModuleContext) -> AsyncIterator[Latest]:
        """Open reports, today's, and the share on time; said when they change, and once a minute."""
        now = ctx.clock.now()
        async with ctx.read() as connection:
            figures = await indicators.count(connection, now, ctx.threshold("citizen.kpi_days", now))
        fresh = self._figures_at is not None and now - self._figures_at < _FIGURES_AT_LEAST
        if fresh and figures == self._figures:
            return
        self._figures, self._figures_at = figures, now
        for value in indicators.values(figures, now):
            yield value

    @every("10min")
    async def let_go(self, ctx: ModuleContext) -> AsyncIterator[Write | Decide]:
        """Forgets what was kept for finding duplicates only, and closes what can no longer be rated."""
        now = ctx.clock.now()
        keep = timedelta(days=ctx.threshold("citizen.duplicate_days", now))
        rating = timedelta(days=ctx.threshold("citizen.rating_days", now))
        async with ctx.read() as connection:
            over = reports.reports_where(
                report.c.status.in_(("resolved", "published", "rated")), report.c.resolved_at < now - rating
            ).limit(_WATCHED_AT_ONCE)
            ended = await reports.fetch(connection, over)
            forgettable = await reports.fetch(
                connection, reports.reports_where(*reports.still_compared(now - keep)).limit(1)
            )
        if forgettable:
            yield Write(reports.forgotten(now - keep))
        for one in ended:
            yield Decide(partial(_ended, one.id, now - rating, now))


def _report_now(event: Any, run: Run) -> Report | None:
    """The report an incident is about as it is in the commit, None for calls and other modules' events."""
    incident = event.data.get("incident") or {}
    return reports.report_now(run, event.correlation) if incident.get("kind") == "report" else None


def _followed(event: Any, city: City, run: Run) -> Changes:
    """What a step of the desk makes of the report; nothing where the report has gone another way."""
    found, status, at = _report_now(event, run), after_desk(event.type.rpartition(".")[2]), event.at
    if found is None or status is None or found.status not in may_follow(status):
        return []
    changes: list[Event | Write] = [
        Write(reports.moved(found.id, status, at)),
        Write(reports.step_taken(found.id, f"{found.id}:{event.id}", at, status, _note(event, status, city))),
    ]
    if status == "resolved" and event.data.get("outcome") in _NOT_PUBLIC:
        changes += [Write(statement) for statement in reports.hidden(found.id, status, at)]
        changes += no_longer_public(found)
    return [*changes, updated(found, status)]


def _placed(event: Any, grid_m: float, run: Run) -> Changes:
    found, incident = _report_now(event, run), event.data["incident"]
    if found is None or not incident.get("lonlat"):
        return []
    lon, lat = incident["lonlat"]
    ward = incident.get("ward") or {}
    shown_lon, shown_lat = rounded(lon, lat, grid_m)
    placed = reports.changed(
        found.id,
        location="known",
        lon=lon,
        lat=lat,
        shown_lon=shown_lon,
        shown_lat=shown_lat,
        ward_code=ward.get("code"),
        ward_name=ward.get("name"),
        updated_at=event.at,
    )
    return [Write(placed), updated(found, found.status)]


def _clock_now(report_id: str, now: datetime, warn_at: float, city: City, run: Run) -> Changes:
    """What is said of a report's clock, unless it has just been finished."""
    known = reports.report_now(run, report_id)
    return _clock(known, now, warn_at, city) if known is not None else []


def _ended(report_id: str, resolved_before: datetime, now: datetime, run: Run) -> Changes:
    """Closes a report that can no longer be rated, unless it has just been taken up again."""
    one = reports.report_now(run, report_id)
    if one is None or one.status not in may_follow("closed") or (one.resolved_at or now) >= resolved_before:
        return []
    return [
        Write(reports.moved(one.id, "closed", now)),
        Write(reports.step_taken(one.id, f"{one.id}:closed:{iso(now)}", now, "closed")),
        updated(one, "closed", simulated=one.simulated),
    ]


def _note(event: Any, status: Status, city: City) -> Text:
    """What the citizen reads: who deals with it, or how it ended. Never an operator's own words."""
    usual = meaning(status).note
    if status == "resolved":
        return _OUTCOMES.get(event.data.get("outcome") or "", usual)
    if status != "assigned" or not event.data.get("agency"):
        return usual
    name = agency_name(city, event.data["agency"])
    return Text(f"Đã giao cho {name.vi}.", f"Handed to {name.en}.")


def _clock(one: Report, now: datetime, warn_at: float, city: City) -> list[Event | Write]:
    """What is to be said of one report's clock at this moment: nothing, a warning, or that the time is over."""
    step = running(one.status, one.emergency)
    if step is None:
        return []
    due = one.due if step == "resolve" else one.first_by
    if now >= due and one.breached != due:
        write = Write(reports.changed(one.id, breached=due, warned_of=due))
        return [write, _said(ReportOverdue, one, step, due, city, "overdue")]
    share = spent(one.received_at, due, now, None if one.emergency else city.calendar)
    if warn_at <= share < 1 and one.warned_of != due:
        return [Write(reports.changed(one.id, warned_of=due)), _said(ReportDueSoon, one, step, due, city, "due_soon")]
    return []


def _dot(one: Report) -> Dot:
    if one.lon is None or one.lat is None:
        raise ValueError(f"report {one.id} has no place")
    return Dot(one.id, one.service_code, one.lon, one.lat, one.cluster)


def _gathered(cluster: Cluster, city: City, grid_m: float, simulated: bool) -> ClusterDetected:
    name = service_name(city, cluster.service_code)
    lon, lat = rounded(cluster.lon, cluster.lat, grid_m)
    return ClusterDetected(
        cluster=cluster.id,
        service_code=cluster.service_code,
        service_vi=name.vi,
        service_en=name.en,
        count=len(cluster.members),
        reports=cluster.members,
        place=Place(lon, lat, uncertainty_m=grid_m),
        correlation=f"cluster:{cluster.id}",
        simulated=simulated,
    )


def _said(
    kind: type[ReportDueSoon] | type[ReportOverdue], one: Report, step: Step, due: datetime, city: City, fact: str
) -> Event:
    name = service_name(city, one.service_code)
    return kind(
        report=one.id,
        number=report_number(one.number),
        service_vi=name.vi,
        service_en=name.en,
        step=step,
        due=iso(due),
        simulated=one.simulated,
        attach=Attach(facts={fact: step}),
    )
