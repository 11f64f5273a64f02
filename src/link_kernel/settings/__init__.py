"""Settings: read from the environment, checked together, each fault one line that helps."""
