"""Lists, adds and removes the contacts of a customer: `/v1/link/contacts` (decision 0050)."""
