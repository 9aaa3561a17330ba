"""Traffic: detectors and cameras on the city's roads, and what their figures mean."""
