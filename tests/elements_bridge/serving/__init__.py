"""Tests of `elements-bridge serve`."""
