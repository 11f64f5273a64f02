"""Who calls, and with which proof: access tokens, DPoP proofs, refresh tokens, requirements."""
