"""Merchants and their allow-lists: entries as typed, origins as presented, and their store."""
