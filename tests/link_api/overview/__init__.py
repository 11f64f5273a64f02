"""`GET /v1/link/data`."""
