"""Becoming a Link customer, alone or together with an order: `/v1/link/enroll*` (section 9)."""
