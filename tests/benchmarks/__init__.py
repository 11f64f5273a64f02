"""The arithmetic and the requests of the benchmarks; nothing here measures a time."""
