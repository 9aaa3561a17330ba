"""The cases people work."""

from ioc.incidents.belonging import rule_of
from ioc.incidents.book import IncidentBook
from ioc.incidents.desk import CONSUMER, Desk
from ioc.incidents.states import Command, act
from ioc.incidents.view import Incident, from_store, plain

__all__ = ["CONSUMER", "Command", "Desk", "Incident", "IncidentBook", "act", "from_store", "plain", "rule_of"]
