"""A module of the benchmarks: a door that only keeps events, and a handler with one effect for each."""
