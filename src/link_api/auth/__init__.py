"""Login by one-time code, refresh and logout: `/v1/link/auth/*` (design section 9)."""
