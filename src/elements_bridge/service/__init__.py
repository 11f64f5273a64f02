"""What the bridge decides: one file a capability; `ports` says what it needs of the world."""
