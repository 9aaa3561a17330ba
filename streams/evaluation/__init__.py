"""Clips with hand-made truth: how well the analysis counts, and what it takes for an event."""
