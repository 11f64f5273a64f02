"""Keyring files, key rotation, and JWK sets (RFC 7517) with their cache."""
