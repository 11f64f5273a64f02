"""Alembic migrations; `database.startup.open_database` runs them.

Each only adds what the release before can live with, since both run on one database during a
rollout (docs/decisions/0026-a-newer-database-is-ready.md). Revisions are `v` and their number.
"""

from typing import Final

NEWEST: Final = "v0005"
"""The revision of the newest migration, by which a start knows without Alembic that none is due."""
