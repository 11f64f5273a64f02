"""Compares two contracts: which change breaks a client. `folders.compare_paths` is the way in."""
