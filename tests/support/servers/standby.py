"""A PostgreSQL that follows another one by streaming replication, until it is promoted."""

import shutil
from pathlib import Path
from typing import Final

from link_dev.embedded.postgres import EmbeddedPostgres
from link_dev.embedded.server import HOST

_CAUGHT_UP: Final = "SELECT pg_last_wal_replay_lsn() >= $1::text::pg_lsn"


class Standby(EmbeddedPostgres):
    """A copy of a server that is stopped, which follows it from its next start on."""

    def __init__(self, primary: EmbeddedPostgres) -> None:
        """Take the server to follow."""
        super().__init__()
        self._primary = primary
        self._password = primary._password  # noqa: SLF001  # a copy has the same users

    async def catch_up(self) -> None:
        """Wait until all that the primary has written is here."""
        async with self._primary.connected() as primary, self.connected() as own:
            written = await primary.fetchval("SELECT pg_current_wal_lsn()::text")
            while not await own.fetchval(_CAUGHT_UP, written):
                pass

    async def promote(self) -> None:
        """Take writes from now on; return when it does."""
        async with self.connected() as own:
            await own.execute("SELECT pg_promote()")

    def _prepare(self, folder: Path) -> None:
        data = folder / "data"
        shutil.copytree(self._primary.folder / "data", data)
        (data / "standby.signal").touch()
        super()._prepare(folder)

    def _command(self, folder: Path) -> list[str]:
        primary = f"host={HOST} port={self._primary.port} user=link password={self._password}"
        settings = {"primary_conninfo": primary, "wal_retrieve_retry_interval": "50ms"}
        options = [part for name in settings for part in ("-c", f"{name}={settings[name]}")]
        return [*super()._command(folder), *options]
