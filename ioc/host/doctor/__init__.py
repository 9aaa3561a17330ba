"""Looks over what a city stands on beside its store: the disk, the clock, the bus; and who gets on."""

from ioc.host.doctor.bus import check_bus
from ioc.host.doctor.clock import check_clock, check_store_clock
from ioc.host.doctor.disk import check_disk
from ioc.host.doctor.waiting import check_waiting

__all__ = ["check_bus", "check_clock", "check_disk", "check_store_clock", "check_waiting"]
