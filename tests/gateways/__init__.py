"""Runs the samples of `deploy/` in a real nginx and a real Caddy, in front of a real bridge."""
