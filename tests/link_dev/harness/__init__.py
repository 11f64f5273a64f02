"""What the harness serves."""
