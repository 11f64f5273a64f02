"""Benchmarks; each result is also given as a ratio to a bare handler in the same run."""
