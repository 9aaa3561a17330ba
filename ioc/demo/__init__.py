"""The simulator: knows only the doors."""
