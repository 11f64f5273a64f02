"""Tests of authentication: access tokens, DPoP proofs and refresh tokens."""
