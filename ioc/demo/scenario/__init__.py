"""Scripted stories: what happens in the simulated city, when and where, and what the system should make of it."""
