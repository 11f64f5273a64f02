"""Saved mobile-money wallets: `/v1/link/mobile-money` (design section 9)."""
