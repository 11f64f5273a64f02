"""Alembic migrations; `database.startup.open_database` runs them."""
