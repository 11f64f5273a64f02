"""Proofs of possession (DPoP), and what a captured credential is worth without one."""
