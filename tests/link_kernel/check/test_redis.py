"""`check` beside real servers of Redis: each fault planted, and found by its line."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from elements_bridge.redis_rights import RIGHTS
from link_dev.embedded.free_port import free_port
from link_dev.embedded.redis import EmbeddedRedis
from link_kernel.check import redis as check_of_redis
from link_kernel.check.findings import Finding
from link_kernel.check.redis import REDIS_NAMES, RedisUse, check_redis
from link_kernel.check.redis_rights import lacking_rights
from link_kernel.clock import SystemClock
from link_kernel.redis.connection import connect
from link_kernel.redis.readiness import redis_faults
from link_kernel.settings.kinds import RedisSettings
from tests.support.redis_content import everything_in
from tests.support.servers.hiding_redis import HidingRedis
from tests.support.servers.redis_cluster import running_cluster
from tests.support.servers.terse_redis import bulk, terse_redis
from tests.support.time_machine import MovableClock
from tests.support.waiting import until_answered, until_replicating

USE = RedisUse("elements-bridge", "ELEMENTS_REDIS_URL", RIGHTS)
PASSWORD = "hunter2-of-redis"


async def lines_of(url: str, clock: MovableClock | None = None, **others: object) -> dict[str, str]:
    """Return level and text by name; no line holds the password."""
    settings = RedisSettings.model_validate({"redis_url": url, **others})
    found = await check_redis(settings, USE, clock or SystemClock())
    assert [*REDIS_NAMES] == [finding.name for finding in found]
    assert PASSWORD not in str(found)
    return {finding.name: f"{finding.level} {finding.text}".rstrip() for finding in found}


@asynccontextmanager
async def administered(server: EmbeddedRedis) -> AsyncIterator[Redis]:
    """Give a client of one server."""
    async with Redis.from_url(server.url, decode_responses=True) as admin:
        yield admin


async def guard(admin: Redis, *rules: str) -> str:
    """Make a user with the rights that `redis-acl` prints, but for these rules; return its name."""
    words = RIGHTS.acl_line("guarded").split(" ")
    await admin.execute_command("ACL", "SETUSER", *words[1:], f">{PASSWORD}", *rules)  # type: ignore[no-untyped-call]
    return f"guarded:{PASSWORD}"


def as_user(server: EmbeddedRedis, login: str) -> str:
    """Return the address with a login."""
    return server.url.replace("://", f"://{login}@")


async def test_a_redis_as_it_should_be_under_the_narrow_rights(own_redis: EmbeddedRedis) -> None:
    async with administered(own_redis) as admin, EmbeddedRedis() as replica:
        async with administered(replica) as follower:
            await follower.replicaof("127.0.0.1", str(own_redis.port))
            await until_replicating(follower)
            await admin.config_set("appendonly", "yes")
            found = await lines_of(as_user(own_redis, await guard(admin)))
        assert await admin.acl_log() == []
    version = found.pop("redis version")
    assert version.startswith("ok ")
    clock = found.pop("redis clock")
    assert clock.startswith("ok 0.")
    assert found == {
        "redis": f"ok 127.0.0.1:{own_redis.port}/0",
        "redis role": "ok primary",
        "redis rights": "ok",
        "redis policy": "ok noeviction",
        "redis persistence": "ok appendonly yes",
        "redis scripts": "ok",
    }


async def test_each_fault_of_a_server_is_found_by_its_line(own_redis: EmbeddedRedis) -> None:
    async with administered(own_redis) as admin:
        alone = await lines_of(own_redis.url)
        assert alone["redis role"] == "warning no replica follows it: what it loses, nobody has"
        assert alone["redis persistence"].startswith("warning appendonly no: a restart loses all")

        await admin.config_set("maxmemory-policy", "allkeys-lru")
        found = await lines_of(own_redis.url)
        assert found["redis"].startswith("ok ")
        assert found["redis policy"] == (
            "FAULT evicts (allkeys-lru): set maxmemory-policy noeviction, or sessions vanish"
        )
        await admin.config_set("maxmemory-policy", "noeviction")
        await admin.config_set("maxmemory", "1")
        found = await lines_of(own_redis.url)
        assert found["redis"].startswith("FAULT refuses_writes (OutOfMemoryError): ELEMENTS_REDIS")


async def test_a_snapshot_that_failed_is_told(own_redis: EmbeddedRedis) -> None:
    async with administered(own_redis) as admin:
        (own_redis.folder / "dump.rdb").mkdir()  # so that no file can take its name
        await admin.config_set("save", "3600 1")
        await admin.bgsave()

        async def has_failed() -> bool:
            return bool((await admin.info("persistence"))["rdb_last_bgsave_status"] == "err")

        await until_answered(has_failed)
        found = await lines_of(own_redis.url)
        await admin.config_set("save", "")  # or it would not stop without a snapshot
    assert found["redis"].startswith("FAULT refuses_writes (ResponseError MISCONF): ELEMENTS_REDI")
    assert found["redis persistence"].startswith("warning the last one failed: see to the server")


async def test_a_server_that_is_too_old_is_told() -> None:
    """It begins no transaction either, and is asked no further for rights."""
    info = bulk("# Server\r\nredis_version:5.0.14\r\n")
    async with terse_redis(INFO=info, TIME="*2\r\n$1\r\n0\r\n$1\r\n0\r\n") as url:
        found = await lines_of(url)
    assert found["redis version"] == "FAULT 5.0.14: the services need 6.2 or later"
    assert found["redis rights"].startswith("unknown cannot be asked by MULTI (ResponseError")


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (["-eval", "-zadd"], "FAULT lacks +eval +zadd: apply the line of `elements-bridge redis"),
        (["-exec"], "FAULT lacks +exec: "),
        (["resetkeys", "~link:v1:ready:*"], "FAULT lacks ~link:v1:business:* ~link:v1:limit:* "),
        (["-client", "-info", "-wait"], "ok"),
        (["-multi"], "unknown cannot be asked by MULTI (NoPermissionError): apply the line of `el"),
    ],
)
async def test_what_a_user_lacks_is_named_as_in_the_acl_line(
    own_redis: EmbeddedRedis, rules: list[str], said: str
) -> None:
    async with administered(own_redis) as admin:
        found = await lines_of(as_user(own_redis, await guard(admin, *rules)))
    assert found["redis rights"].startswith(said)
    if "-eval" in rules:
        assert found["redis scripts"].startswith("FAULT no script runs (NoPermissionError)")
    if "-info" in rules:
        assert found["redis policy"].startswith("unknown is hidden by the server")


async def test_a_replica_says_so(own_redis: EmbeddedRedis) -> None:
    async with EmbeddedRedis() as primary, administered(own_redis) as admin:
        await admin.replicaof("127.0.0.1", str(primary.port))
        found = await lines_of(own_redis.url)
        assert found["redis"].startswith("FAULT refuses_writes (ReadOnlyError")
        assert found["redis role"] == (
            "FAULT replica: ELEMENTS_REDIS_URL must name the primary; redis+sentinel:// finds it"
        )
        await admin.config_set("replica-read-only", "no")
        found = await lines_of(own_redis.url)
        assert (found["redis"][:3], found["redis role"][:5]) == ("ok ", "FAULT")


@pytest.mark.parametrize(
    ("ahead_ms", "level", "said"),
    [
        (0, "ok", "0."),
        (11_000, "warning", "11.0 s behind this machine: set both by NTP"),
        (-61_000, "FAULT", "61.0 s ahead of this machine: "),
    ],
)
async def test_clocks_that_differ_are_told(
    redis_url: str, clock: MovableClock, ahead_ms: int, level: str, said: str
) -> None:
    clock.ahead_ms = ahead_ms
    line = (await lines_of(redis_url, clock))["redis clock"]
    assert line.startswith(level)
    assert said in line


async def test_what_a_managed_redis_hides_is_unknown_and_no_fault() -> None:
    async with HidingRedis() as server:
        found = await lines_of(server.url)
    assert {name for name, line in found.items() if line.startswith("unknown")} == {
        *("redis version", "redis role", "redis policy", "redis persistence")
    }
    assert {name for name, line in found.items() if line.startswith("ok")} == {
        *("redis", "redis rights", "redis scripts", "redis clock")
    }


async def test_nobody_asks_further_where_nobody_answers(own_redis: EmbeddedRedis) -> None:
    """Who is refused is told so without the password."""
    refused = await lines_of(as_user(own_redis, f"nobody:{PASSWORD}"))
    assert refused.pop("redis").startswith("FAULT no_answer (AuthenticationError): see that it")
    assert set(refused.values()) == {"not checked because of redis"}

    gone = await lines_of(f"redis://127.0.0.1:{free_port()}")
    assert gone["redis"].startswith("FAULT no_answer (ConnectionError")


@pytest.mark.parametrize(
    ("scheme", "path", "cure"),
    [
        ("rediss", "", "rediss:// needs a port that speaks TLS"),
        ("redis+cluster", "", "redis+cluster:// needs servers of a Cluster, and redis:// is a"),
        (
            "redis+sentinel",
            "/main",
            "redis+sentinel:// needs the Sentinels' ports, and",
        ),
    ],
)
async def test_what_is_of_another_kind_than_the_scheme_says_is_told(
    own_redis: EmbeddedRedis, scheme: str, path: str, cure: str
) -> None:
    place = f"127.0.0.1:{own_redis.port}"
    found = (await lines_of(f"{scheme}://{place}{path}", redis_connect_timeout=200))["redis"]
    assert found.startswith("FAULT no_answer (")
    assert f"ELEMENTS_REDIS_URL; {cure}" in found


async def test_a_silent_redis_costs_seconds_whatever_the_settings_allow(
    own_redis: EmbeddedRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check_of_redis, "_LONGEST_S", 0.2)
    own_redis.pause()
    async with asyncio.timeout(10):
        silent = await lines_of(own_redis.url, redis_read_timeout=30_000)
    own_redis.resume()
    assert silent["redis"].startswith("FAULT no_answer (TimeoutError")


async def test_of_a_cluster_each_primary_is_asked() -> None:
    async with running_cluster() as cluster:
        assert (await lines_of(cluster.shards[0].primary.url))["redis"] == (
            "FAULT is_cluster (MovedError): write ELEMENTS_REDIS_URL as redis+cluster://"
        )
        url = cluster.url.replace("://", f"://guarded:{PASSWORD}@")
        for server in cluster.servers:
            async with administered(server) as admin:
                await guard(admin, "+asking", "+cluster|slots")
        odd = cluster.shards[1].primary
        async with administered(odd) as admin:
            await admin.config_set("maxmemory-policy", "volatile-ttl")
            await guard(admin, "+asking", "+cluster|slots", "-zadd")
        found = await lines_of(url)
        assert found["redis policy"].startswith(f"FAULT at 127.0.0.1:{odd.port} evicts")
        assert found["redis rights"].startswith(f"FAULT at 127.0.0.1:{odd.port} lacks +zadd:")
        assert found["redis role"] == "ok primary"

        await cluster.shards[2].primary.kill()
        found = await lines_of(url)
        assert found["redis"].startswith("warning some_primaries_fail (ConnectionError")
        assert found["redis policy"].startswith(f"FAULT at 127.0.0.1:{odd.port} evicts")


async def test_neither_check_nor_readiness_changes_anything(redis: Redis, redis_url: str) -> None:
    for key in ("link:v1:business:bus_0123456789abcdef", "link:v1:{0}:sessions"):
        await redis.hset(key, mapping={"name": "Shop"})
        await redis.pexpire(key, 3_600_000)
    await redis.set("link:v1:token:0", "a", px=3_600_000)
    before = await everything_in(redis)

    assert (await found_at(redis_url))[0].level == "ok"
    assert await redis_faults(redis) == []

    assert before == await everything_in(redis)
    assert await redis.pttl("link:v1:token:0") > 3_500_000


async def found_at(url: str) -> list[Finding]:
    """Return what is found of a Redis with all rights."""
    settings = RedisSettings.model_validate({"redis_url": url})
    return await check_redis(settings, replace(USE, program="link-api"), SystemClock())


async def test_no_right_is_tried_where_a_transaction_is_said_to_have_begun_and_has_not() -> None:
    """So may a proxy speak, and would then do what was to be queued."""
    asked: list[str] = []
    nested = "-ERR MULTI calls can not be nested\r\n"
    async with terse_redis(asked, MULTI=nested, GET="$-1\r\n") as url, connect(url) as redis:
        with pytest.raises(ResponseError):
            await lacking_rights(redis, RIGHTS, cluster=False)
    assert asked[-1] == "GET"
