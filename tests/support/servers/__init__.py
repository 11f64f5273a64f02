"""Servers that tests talk to: proxies, mail, hooks, databases."""
