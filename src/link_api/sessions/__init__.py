"""A customer's sessions, shown and ended: `/v1/link/sessions` (docs/protocol.md#link-api)."""
