"""Keyring files, key rotation, and JWK sets (RFC 7517) with their cache.

`secret_ring.py` holds secrets, `keyring_file.py` reads them from a file, `reload.py` reads it
again; `rotation.py` decides which key is replaced, for the commands of `command.py`. `jwks.py`
parses a set of public keys, `jwks_cache.py` fetches and keeps it.
"""
