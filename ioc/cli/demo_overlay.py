"""The overlay of a demonstration, and the port its simulator's own servers answer on."""

from __future__ import annotations

import msgspec

from ioc.city.profile import City, load_city
from ioc.demo.addresses import OWN, Pace, write_overlay, write_quiet_overlay
from ioc.host.ports import free_port
from ioc.settings import Settings

LOOPBACK = "127.0.0.1"


class Laid(msgspec.Struct, frozen=True):
    """Settings with the overlay in them, the city under it, and the port of the simulator's servers (0: none)."""

    settings: Settings
    city: City
    port: int


def lay_over(settings: Settings, *, quiet: bool) -> Laid:
    """Writes the overlay anew (the port is another one at every start) and reads the city with it.

    An overlay that the environment names is left alone and used: whoever wrote it knows what is connected.

    Raises:
        CityInvalid: the profile and what lies over it do not fit together.
    """
    if settings.city_overlay:
        return Laid(settings, load_city(settings.city_dir, settings.city_overlay), 0)
    profile = load_city(settings.city_dir)
    folder = settings.state_dir / "overlay"
    port = 0 if quiet else free_port()
    own = settings.city_dir / OWN
    if quiet:
        write_quiet_overlay(folder, profile, own=own)
    else:
        base = f"http://{LOOPBACK}:{port}"
        write_overlay(folder, profile, base, own=own, data=settings.data_dir, pace=Pace())
    settings = settings.model_copy(update={"city_overlay": folder})
    return Laid(settings, load_city(settings.city_dir, folder), port)
