"""Base of addresses and wallets: saved items with one default."""
