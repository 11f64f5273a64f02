"""Rate limits of the bridge."""
