"""What the module says. No event holds a name, a phone, an address or raw text: `personal` is a reference.

`number` is the report's own, such as PA-38: what the citizen knows it by.
"""

from __future__ import annotations

from ioc.contract import Event
from ioc.core.dataclass import DataClass


class ReportReceived(Event, type="citizen.report.received", severity=1, key="report"):
    """A report came in; `location` is `known`, `unclear` or `outside`; `danger` the kind of danger it sounds like."""

    report: str
    number: str
    service_code: str
    service_vi: str
    service_en: str
    emergency: bool
    danger: str | None
    location: str
    channel: str
    language: str
    has_photo: bool
    due: str
    personal: str


class ReportUpdated(Event, type="citizen.report.updated", severity=1, key="report"):
    """The public state of a report changed."""

    report: str
    number: str
    status: str
    open311_status: str
    status_vi: str
    status_en: str
    note_vi: str
    note_en: str


class ReportPublished(Event, type="citizen.report.published", severity=1, key="report", data_class=DataClass.PUBLIC):
    """A person checked the report and made it public; the text itself stays in the module's table."""

    report: str
    number: str
    service_code: str
    service_vi: str
    service_en: str
    photo: str | None


class ReportUnpublished(Event, type="citizen.report.unpublished", severity=1, key="report"):
    """What was public no longer is."""

    report: str
    number: str


class ReportRated(Event, type="citizen.report.rated", severity=1, key="report"):
    """The citizen rated the outcome, 1 (bad) to 5 (good)."""

    report: str
    number: str
    rating: int


class ReportDueSoon(Event, type="citizen.report.due_soon", severity=2, key="report"):
    """Most of the time given is gone; `step` is `validate`, `act` or `resolve`."""

    report: str
    number: str
    service_vi: str
    service_en: str
    step: str
    due: str


class ReportOverdue(Event, type="citizen.report.overdue", severity=3, key="report"):
    """The time given is over."""

    report: str
    number: str
    service_vi: str
    service_en: str
    step: str
    due: str


class ClusterDetected(Event, type="citizen.cluster.detected", severity=3, key="cluster"):
    """Many reports of one kind came from one place within a day; `reports` are their ids."""

    cluster: str
    service_code: str
    service_vi: str
    service_en: str
    count: int
    reports: tuple[str, ...]
