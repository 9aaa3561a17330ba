"""Geometry and places: pure, knows nothing of the platform."""
