"""The HTTP doors: one router a subject."""
