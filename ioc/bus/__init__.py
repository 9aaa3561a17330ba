"""The Redis side: quick, and allowed to be lost at any moment."""
