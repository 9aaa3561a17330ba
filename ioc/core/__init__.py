"""Words the whole product shares: pure, no I/O library."""
