"""How an enrolled customer wants to be served: `/v1/link/preferences` (design section 9)."""
