"""Compares two contracts and finds breaking changes; the entry is `folders.compare_paths`."""
