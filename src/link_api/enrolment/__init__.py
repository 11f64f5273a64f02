"""Becoming a Link customer, alone or together with an order (docs/protocol.md#link-api)."""
