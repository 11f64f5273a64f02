"""Tests of the embedded Redis and PostgreSQL."""
