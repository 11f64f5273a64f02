"""Keyring files and their rotation, key sets (RFC 7517) and their cache."""
