"""The embedded Redis fails over for real: its replica has what it had, and takes its address."""

import socket
from pathlib import Path

import pytest

from link_dev.embedded import redis_failover
from link_dev.embedded.redis import EmbeddedRedis, RedisNotStarted
from link_dev.embedded.redis_failover import failing_over
from link_dev.embedded.server import HOST
from tests.link_dev.embedded.test_redis import _client, _is_alive, _pid


async def test_all_that_was_written_is_there_afterwards_at_the_same_address() -> None:
    """As often as it is done; another process serves it each time, and one alone is left."""
    async with EmbeddedRedis() as server:
        url, folder, pids = server.url, server.folder, [await _pid(server)]
        for number in range(2):
            async with _client(url) as redis:
                await redis.set(f"kept-{number}", "1", ex=600)
            async with failing_over(server):
                pass
            pids.append(await _pid(server))
            async with _client(url) as redis:
                assert (await redis.info("replication"))["role"] == "master"
                assert await redis.dbsize() == number + 1
                assert 0 < await redis.ttl(f"kept-{number}") <= 600
        assert len(set(pids)) == 3
        assert [pid for pid in pids if _is_alive(pid)] == pids[-1:]
        assert (url, folder) == (server.url, server.folder)
    assert not _is_alive(pids[-1])
    assert not folder.exists()


async def test_nothing_answers_meanwhile_and_nobody_else_can_take_the_port() -> None:
    """Callers are refused at once, as by a machine without that server."""
    async with EmbeddedRedis() as server:
        async with failing_over(server):
            with socket.socket() as caller, pytest.raises(ConnectionRefusedError):
                caller.connect((HOST, server.port))
            with socket.socket() as other, pytest.raises(OSError, match="in use"):
                other.bind((HOST, server.port))
        assert await _pid(server)


async def test_whatever_happens_meanwhile_the_replica_takes_over() -> None:
    """A scenario that is broken off leaves a stack that works."""
    async with EmbeddedRedis() as server:
        with pytest.raises(LookupError):
            async with failing_over(server):
                raise LookupError
        assert await _pid(server)


async def test_a_server_whose_replica_does_not_come_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is killed only once the other one has everything."""
    monkeypatch.setattr(redis_failover, "_IN_STEP_S", 0.1)
    async with EmbeddedRedis() as server:
        pid = await _pid(server)
        async with _client(server.url) as redis:
            await redis.acl_setuser("default", commands=["-psync", "-sync"], enabled=True)
        with pytest.raises(RedisNotStarted, match="in time"):
            async with failing_over(server):
                pytest.fail("it has begun")
        assert pid == await _pid(server)


async def test_it_restarts_and_stops_as_before() -> None:
    """An empty one, since nothing of the replication is left on the disk."""
    async with EmbeddedRedis() as server:
        async with _client(server.url) as redis:
            await redis.set("lost", "1", ex=600)
        async with failing_over(server):
            pass
        await server.restart()
        async with _client(server.url) as redis:
            assert await redis.dbsize() == 0
        assert _kinds_of_files(server.folder) == {".log"}


def _kinds_of_files(folder: Path) -> set[str]:
    return {path.suffix for path in folder.iterdir()}
