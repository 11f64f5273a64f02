"""Businesses outside Redis: their file, what it changes, and the way back into an empty store."""
