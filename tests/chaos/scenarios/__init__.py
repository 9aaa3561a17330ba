"""Every scenario by name, with what it does and whether this machine allows it."""
