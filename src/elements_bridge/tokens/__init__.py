"""The bridge's tokens: one way to write each, one to read it (docs/protocol.md#tokens)."""
