"""Preferences of an enrolled customer (docs/protocol.md#link-api)."""
