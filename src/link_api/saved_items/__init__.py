"""Saved items, of which one is the default: what addresses and wallets have in common."""
