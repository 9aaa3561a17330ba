"""Runs modules: finds them, gives each a process, watches it."""
