"""Mobile-money wallets."""
