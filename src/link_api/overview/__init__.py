"""All that a customer has, in one read: `GET /v1/link/data` (docs/protocol.md#link-api)."""
