"""Login by one-time code, refresh and logout: `/v1/link/auth/*` (docs/protocol.md#login)."""
