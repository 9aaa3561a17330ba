"""Citizen reports: from a phone or another Open311 system to the desk, and the answer back to the citizen."""
