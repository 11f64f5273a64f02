"""Contacts that are nobody's, for tests of a deployed test mode (docs/testing.md)."""
