"""Keyrings, rotation and key sets."""
