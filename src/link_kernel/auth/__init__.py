"""Authentication: access tokens, DPoP proofs, refresh tokens, and the requirements of a route."""
