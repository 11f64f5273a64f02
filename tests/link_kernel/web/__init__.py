"""Tests of the HTTP layer that both services share."""
