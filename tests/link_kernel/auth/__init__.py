"""Access tokens, proofs and refresh tokens."""
