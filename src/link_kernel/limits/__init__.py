"""Rate limits, and the networks they are counted by."""
