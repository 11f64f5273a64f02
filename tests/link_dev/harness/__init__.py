"""Tests of the development servers beside the two services."""
