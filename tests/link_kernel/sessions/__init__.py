"""Tests of the session store and of revocation, on a real Redis."""
