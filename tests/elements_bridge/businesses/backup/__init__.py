"""Merchants, allow-lists and rejected origins."""
