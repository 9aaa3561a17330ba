"""Copies of a city's store: made while it runs, proved, put back as a whole or not at all."""

from ioc.store.backup.facts import Facts, Span, read_facts
from ioc.store.backup.manifest import MANIFEST, Manifest, read_manifest
from ioc.store.backup.mark import refuse_unfinished, unfinished
from ioc.store.backup.older import find_backups, older_backups, remove_backup
from ioc.store.backup.place import disk_trouble
from ioc.store.backup.put import Restored, checked, put_back, undo_restore
from ioc.store.backup.take import PROFILE, Note, newest_backup, place_of, take_backup

__all__ = [
    "MANIFEST",
    "PROFILE",
    "Facts",
    "Manifest",
    "Note",
    "Restored",
    "Span",
    "checked",
    "disk_trouble",
    "find_backups",
    "newest_backup",
    "older_backups",
    "place_of",
    "put_back",
    "read_facts",
    "read_manifest",
    "refuse_unfinished",
    "remove_backup",
    "take_backup",
    "undo_restore",
    "unfinished",
]
