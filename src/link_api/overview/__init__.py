"""A customer's whole data in one read: `GET /v1/link/data` (docs/protocol.md#link-api)."""
