"""Benchmarks: every figure of ours beside a raw limit or a peer measured in the same run."""
