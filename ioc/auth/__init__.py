"""Who may do what: people, devices, walls, and the audit of it."""
