"""Tests of keyring files, key rotation and JWK sets."""
