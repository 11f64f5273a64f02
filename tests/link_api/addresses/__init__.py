"""Saved addresses."""
