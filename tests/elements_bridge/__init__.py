"""Tests of the Elements bridge, in the rooms of `src/elements_bridge`."""
