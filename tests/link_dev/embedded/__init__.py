"""Embedded Redis and PostgreSQL."""
