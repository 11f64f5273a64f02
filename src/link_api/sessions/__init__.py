"""A customer's sessions, shown and ended: `/v1/link/sessions` (design section 9)."""
