"""A module whose every effect can be counted: what was entered, what was booked, in which order."""
