"""Every state of the elements that a person can meet: brought about, looked at, and drawn."""
