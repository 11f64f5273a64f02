"""Tests of the reserved contacts."""
