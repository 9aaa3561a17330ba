"""The cases people work."""
