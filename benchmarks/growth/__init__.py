"""What grows with the number of sessions, and what must not."""
