"""People, devices and walls: who is asking, and what each may see."""

from ioc.auth.authenticator import Auth
from ioc.auth.demo import DemoAuth
from ioc.auth.devices import Devices, Issued, Key
from ioc.auth.people import Account, People
from ioc.auth.sessions import Opened, Sessions
from ioc.auth.settings import AuthSettings

__all__ = [
    "Account",
    "Auth",
    "AuthSettings",
    "DemoAuth",
    "Devices",
    "Issued",
    "Key",
    "Opened",
    "People",
    "Sessions",
]
