"""Drives real browsers of three engines over the W3C's WebDriver, for `tests/engines`."""
