"""Keeps the API's view of the cameras true to the files of the profile, which people change while it runs."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from ioc.host.cameras_followed import LOOK_S


async def take_cameras(state: Any) -> None:
    """The cameras as the files say now, for lists, pictures and the doors of modules alike."""
    await state.followed.look()
    if state.city.cameras is not state.followed.cameras:
        followed = state.followed
        state.city = msgspec.structs.replace(state.city, cameras=followed.cameras, removed_cameras=followed.removed)
        state.feed.pictures.take_city(state.city)
        for door in state.doors.values():
            door.city = state.city


async def follow_cameras(state: Any) -> None:
    """Looks once a second, for ever."""
    while True:
        await take_cameras(state)
        await asyncio.sleep(LOOK_S)
