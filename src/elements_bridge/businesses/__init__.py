"""Merchants: their configuration in Redis, their allow-lists, and rejected origins."""
