"""The Redis session store shared with the main auth service, and session revocation."""
