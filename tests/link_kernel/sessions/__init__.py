"""The session store and revocation, on a real Redis."""
