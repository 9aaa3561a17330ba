"""The truth: the event log and everything committed with it."""
