"""The Redis side of the log: it only makes it quick; the table is the truth."""

from ioc.bus.frames import Frames, MemoryFrames, Picture, RedisFrames
from ioc.bus.keys import log_key
from ioc.bus.leases import Board, Leases, MemoryLeases, RedisLeases
from ioc.bus.memory_bus import MemoryBus
from ioc.bus.ports import Bus, BusUnavailable, Entry, Row, Showing, SteppedBack
from ioc.bus.reaching import client_now
from ioc.bus.redis_bus import RedisBus
from ioc.bus.relay import Relay
from ioc.bus.shown import ShowingNotes
from ioc.bus.tail import Tail

__all__ = [
    "Board",
    "Bus",
    "BusUnavailable",
    "Entry",
    "Frames",
    "Leases",
    "MemoryBus",
    "MemoryFrames",
    "MemoryLeases",
    "Picture",
    "RedisBus",
    "RedisFrames",
    "RedisLeases",
    "Relay",
    "Row",
    "Showing",
    "ShowingNotes",
    "SteppedBack",
    "Tail",
    "client_now",
    "log_key",
]
