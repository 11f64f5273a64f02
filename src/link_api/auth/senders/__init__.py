"""Ways to bring a code to its contact (docs/protocol.md#one-time-codes)."""
