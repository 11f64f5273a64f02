"""What things cost, always as a ratio to a bare handler in the same run."""
