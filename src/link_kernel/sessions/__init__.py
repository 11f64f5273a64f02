"""The Redis session store shared with the main auth service, and the revocation of sessions."""
