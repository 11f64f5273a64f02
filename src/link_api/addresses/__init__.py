"""Saved delivery addresses: `/v1/link/addresses` (docs/protocol.md#link-api)."""
