"""Whether a database stands where this program's migrations lead."""

from functools import cache

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from link_api.database import MIGRATIONS, reading


async def is_migrated(engine: AsyncEngine) -> bool:
    """Tell whether the newest revision has been applied, and none that this program does not know.

    Raises `StoreUnavailable` where the database does not answer.
    """
    async with reading(engine) as session:
        connection = await session.connection()
        return await connection.run_sync(_applied) == _newest()


def _applied(connection: Connection) -> frozenset[str]:
    return frozenset(MigrationContext.configure(connection).get_current_heads())


@cache
def _newest() -> frozenset[str]:
    config = Config()
    config.set_main_option("script_location", MIGRATIONS)
    return frozenset(ScriptDirectory.from_config(config).get_heads())
