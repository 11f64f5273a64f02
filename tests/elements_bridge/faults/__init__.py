"""The bridge while Redis, a replica or the keyring misbehaves."""
