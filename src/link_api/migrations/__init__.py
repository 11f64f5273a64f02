"""Alembic migrations; `database.startup.open_database` runs them."""

from typing import Final

NEWEST: Final = "v0003"
"""The revision of the newest migration, by which a start knows without Alembic that none is due."""
