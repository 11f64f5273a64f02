"""One-time codes: which one a message carries, who may enter it, and how often (decision 0024)."""
