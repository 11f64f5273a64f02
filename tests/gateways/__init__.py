"""The samples of `deploy/` in a real nginx and a real Caddy, before a real bridge."""
