"""Tests of rate limits and of the networks that they count by."""
