"""Servers for tests: proxies, mail, webhooks, databases."""
