"""Saved delivery addresses: `/v1/link/addresses` (design section 9)."""
