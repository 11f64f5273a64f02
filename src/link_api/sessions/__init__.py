"""Lists and ends the sessions of a customer: `/v1/link/sessions` (docs/protocol.md#link-api)."""
