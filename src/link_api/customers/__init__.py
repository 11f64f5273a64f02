"""Customers, and `check-status` (docs/protocol.md#link-api)."""
