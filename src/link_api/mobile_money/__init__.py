"""Saved mobile-money wallets: `/v1/link/mobile-money` (docs/protocol.md#link-api)."""
