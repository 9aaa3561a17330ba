"""Public security: cameras' zones and health, incident records, hot spots, patrols."""
