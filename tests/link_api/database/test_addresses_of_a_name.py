"""A name of a PostgreSQL with several addresses: one that is silent holds up no other."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest

from link_api.database.session import reading
from link_api.database.startup import DatabaseError, open_database
from link_dev.embedded.postgres import EmbeddedPostgres
from link_dev.embedded.server import HOST
from tests.link_api.database.test_pool import ONE
from tests.support.servers.certificates import Authority
from tests.support.servers.pgbouncer import PgBouncer
from tests.support.servers.silent_address import NAME, half_silent_name


async def test_a_server_is_reached_at_the_address_that_answers(
    postgres_url: str, postgres_server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within the time-out for one connection, for migrations too."""
    url = postgres_url.replace(HOST, NAME)
    with half_silent_name(postgres_server.port, monkeypatch):
        async with open_database(url, connect_ms=4_000) as database, reading(database) as session:
            assert len(await session.fetch(ONE)) == 1


@pytest.mark.parametrize(
    ("certified", "outcome"),
    [(NAME, nullcontext()), ("other.test", pytest.raises(DatabaseError, match="CERTIFICATE"))],
)
async def test_the_certificate_is_still_that_of_the_name(
    postgres_url: str,
    postgres_server: EmbeddedPostgres,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    certified: str,
    outcome: AbstractContextManager[object],
) -> None:
    authority = Authority.in_folder(tmp_path)
    async with PgBouncer(postgres_server, "transaction", authority.certified(certified)) as server:
        asked = f"sslmode=verify-full&sslrootcert={authority.certificate_file}"
        url = f"{server.before(postgres_url).replace(HOST, NAME)}?{asked}"
        with half_silent_name(server.port, monkeypatch), outcome:
            async with open_database(url, connect_ms=4_000) as database, reading(database) as one:
                assert len(await one.fetch(ONE)) == 1
