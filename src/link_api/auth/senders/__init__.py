"""Senders of one-time codes: console, SMTP, webhook (docs/protocol.md#one-time-codes)."""
