"""The Redis side of the log: it only makes it quick; the table is the truth."""

from ioc.bus.frames import Frames, MemoryFrames, Picture, RedisFrames
from ioc.bus.keys import log_key
from ioc.bus.memory_bus import MemoryBus
from ioc.bus.ports import Bus, BusUnavailable, Entry, Row, Showing
from ioc.bus.reaching import client_now
from ioc.bus.redis_bus import RedisBus
from ioc.bus.relay import Relay
from ioc.bus.shown import ShowingNotes
from ioc.bus.tail import Tail

__all__ = [
    "Bus",
    "BusUnavailable",
    "Entry",
    "Frames",
    "MemoryBus",
    "MemoryFrames",
    "Picture",
    "RedisBus",
    "RedisFrames",
    "Relay",
    "Row",
    "Showing",
    "ShowingNotes",
    "Tail",
    "client_now",
    "log_key",
]
