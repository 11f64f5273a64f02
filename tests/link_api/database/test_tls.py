"""TLS to the database, as its URL asks for it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from link_api.database.session import reading
from link_api.database.startup import DatabaseError, open_database
from link_dev.embedded.postgres import EmbeddedPostgres
from tests.link_api.database.test_pool import ONE
from tests.support.servers.certificates import Authority
from tests.support.servers.pgbouncer import PgBouncer

CHECKED = ("sslrootcert=system", "sslmode=require&channel_binding=require")


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Who signs the certificate of the test's server."""
    return Authority.in_folder(tmp_path)


@pytest.fixture
async def tls_url(
    authority: Authority, postgres_url: str, postgres_server: EmbeddedPostgres
) -> AsyncIterator[str]:
    """The URL of a database that is reached by TLS alone."""
    authority.server()
    certificate = authority.folder / "127.0.0.1.pem"
    async with PgBouncer(postgres_server, "transaction", certificate) as server:
        yield server.before(postgres_url)


@pytest.mark.parametrize("asked", ["sslmode=require", "ssl=true", *CHECKED])
async def test_a_server_whose_certificate_is_trusted_is_asked(
    tls_url: str, authority: Authority, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    """The machine's authorities are found as OpenSSL finds them."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate_file))
    async with open_database(f"{tls_url}?{asked}") as database, reading(database) as session:
        assert len(await session.fetch(ONE)) == 1


async def test_a_file_of_authorities_is_named_by_the_url(
    tls_url: str, authority: Authority
) -> None:
    """And not by `PGSSLROOTCERT` alone."""
    asked = f"sslmode=verify-full&sslrootcert={authority.certificate_file}"
    async with open_database(f"{tls_url}?{asked}") as database, reading(database) as session:
        assert len(await session.fetch(ONE)) == 1


@pytest.mark.parametrize("asked", CHECKED)
async def test_a_server_that_nobody_vouches_for_is_refused(tls_url: str, asked: str) -> None:
    """In one line, which says why; the driver binds no login to its channel."""
    with pytest.raises(DatabaseError, match="CERTIFICATE_VERIFY_FAILED") as caught:
        async with open_database(f"{tls_url}?{asked}"):
            pass
    assert "\n" not in str(caught.value)


async def test_a_file_that_is_not_there_is_named(postgres_url: str, tmp_path: Path) -> None:
    """The parameter is, and not only that a file is missing."""
    missing = f"sslmode=verify-full&sslrootcert={tmp_path / 'no.pem'}"
    with pytest.raises(DatabaseError, match="sslrootcert"):
        async with open_database(f"{postgres_url}?{missing}"):
            pass
