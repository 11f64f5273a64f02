"""Runs Alembic's migrations; a service imports this module only if one is due."""

from typing import Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

MIGRATIONS: Final = "link_api:migrations"


def upgrade_to_newest(connection: Connection) -> None:
    """Run what this database has not had yet, in the connection's transaction."""
    command.upgrade(alembic_config(connection), "head")


def alembic_config(connection: Connection) -> Config:
    """Return the configuration for Alembic's commands on this connection."""
    config = Config()
    config.set_main_option("script_location", MIGRATIONS)
    config.attributes["connection"] = connection
    return config
