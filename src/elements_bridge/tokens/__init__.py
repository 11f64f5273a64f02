"""The bridge's tokens: one way to write each, one way to read it (design section 4)."""
