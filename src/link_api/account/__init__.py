"""Closes and exports a customer's account: `/v1/link/account` (docs/protocol.md#link-api)."""
