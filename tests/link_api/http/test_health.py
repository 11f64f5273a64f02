"""The internal listener of the Link API: liveness, readiness, metrics; not on the public one."""

import asyncio
import json
import logging

import pytest
from redis.asyncio import Redis
from sqlalchemy import text

from link_api.database.engine import migrating_engine, parse_database_url
from link_api.http import health
from link_api.migrations import NEWEST
from link_api.settings import Settings
from link_dev.embedded.postgres import EmbeddedPostgres
from link_kernel.limits.networks import parse_networks
from link_kernel.observability.lasting_faults import LastingFault
from tests.link_api.test_documented_calls import documented, output_of
from tests.support.clients.link_client import PREFIX, Asking, settings_for
from tests.support.clients.running_api import RunningApi, running_api
from tests.support.servers.fault_proxy import Fault, FaultProxy
from tests.support.time_machine import MovableClock

EVERYTHING_OK = dict.fromkeys(
    ("serving", "redis", "database", "migrations", "revocations", "forwarded_for"), "ok"
)
LONGEST_PROBE_S = 2.0
TOKEN = "m" * 22 + "etrics"


async def execute(database_url: str, statement: str) -> None:
    """Do something to the database without the service."""
    url = parse_database_url(database_url)
    async with migrating_engine(url) as engine, engine.begin() as connection:
        await connection.execute(text(statement))


async def test_a_running_and_ready_service_says_so(running: RunningApi) -> None:
    health = await running.http.get("/healthz")
    assert (health.status, await health.json()) == (200, {"status": "ok"})
    assert await running.ready() == (200, EVERYTHING_OK)


async def test_a_proxy_that_is_not_trusted_is_named_by_a_service_that_stays_ready(
    settings: Settings, clock: MovableClock
) -> None:
    """Its customers would share the limits of one address."""
    far = settings.model_copy(update={"trusted_proxies": parse_networks("10.0.0.0/8")})
    async with running_api(far, clock) as running:
        await running.link.call(
            "POST", "check-status", {"contact": "a@example.com"}, Asking(address="198.51.100.1")
        )
        status, found = await running.ready()
        figures = await (await running.http.get("/metrics")).text()
    assert (status, found["forwarded_for"]) == (200, "not_believed")
    assert "link_forwarded_for_not_believed_total 1.0" in figures


async def test_a_redis_that_evicts_is_not_ready(running: RunningApi, redis: Redis) -> None:
    await redis.config_set("maxmemory-policy", "allkeys-lru")
    try:
        status, found = await running.ready()
        assert (status, found["redis"], found["database"]) == (503, "evicts", "ok")
        assert (await running.http.get("/healthz")).status == 200
    finally:
        await redis.config_set("maxmemory-policy", "noeviction")


async def test_a_stale_feed_is_not_ready(running: RunningApi, clock: MovableClock) -> None:
    await running.api.internal.feed.__aexit__(None, None, None)
    clock.ahead_ms += 10_500
    assert await running.ready() == (
        503,
        {**EVERYTHING_OK, "revocations": "stale"},
    )


@pytest.mark.parametrize(
    ("spoil", "mend"),
    [
        (
            "UPDATE alembic_version SET version_num = 'newer_' || version_num",
            "UPDATE alembic_version SET version_num = substr(version_num, 7)",
        ),
        (
            "UPDATE alembic_version SET version_num = replace(version_num, 'v', 'v-')",
            "UPDATE alembic_version SET version_num = replace(version_num, 'v-', 'v')",
        ),
        (
            "INSERT INTO alembic_version VALUES ('v9999')",
            "DELETE FROM alembic_version WHERE version_num = 'v9999'",
        ),
        (
            "UPDATE alembic_version SET version_num = 'v0001'",
            f"UPDATE alembic_version SET version_num = '{NEWEST}'",  # noqa: S608  # a constant
        ),
        (
            "ALTER TABLE alembic_version RENAME TO alembic_away",
            "ALTER TABLE alembic_away RENAME TO alembic_version",
        ),
    ],
)
async def test_a_database_of_another_revision_is_not_ready(
    running: RunningApi,
    database_url: str,
    spoil: str,
    mend: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Another program migrated it, or somebody put a backup in its place."""
    not_told = LastingFault(logging.getLogger("health"), "database_not_ready", "again")
    monkeypatch.setattr(health, "_not_ready", not_told)
    await execute(database_url, spoil)
    status, found = await running.ready()
    await execute(database_url, mend)
    assert (status, found["database"]) == (503, "not_migrated")
    [line] = [record for record in caplog.records if record.msg == "database_not_ready"]
    assert vars(line)["detail"] == "not_migrated"
    assert (await running.ready())[0] == 200


async def test_a_service_stays_ready_while_a_newer_release_migrates(
    redis_url: str, empty_database_url: str, clock: MovableClock
) -> None:
    """A rollout has both at once; the newer revision is not known here, but its number is."""
    async with running_api(settings_for(redis_url, empty_database_url), clock) as running:
        for migration in (
            "ALTER TABLE mobile_money ADD COLUMN of_the_future VARCHAR(9)",
            "UPDATE alembic_version SET version_num = 'v9999'",
        ):
            await execute(empty_database_url, migration)

        assert await running.ready() == (200, {**EVERYTHING_OK, "migrations": "ahead"})
        ama = await running.link.sign_in()
        saved = await ama.post("mobile-money", {"provider": "mtn", "phone_number": "0241234567"})
        assert await ama.get("mobile-money") == [saved]


async def test_a_database_that_is_gone_is_not_ready(
    redis_url: str, own_postgres: EmbeddedPostgres, clock: MovableClock
) -> None:
    """And the process is alive all the same."""
    settings = settings_for(redis_url, await own_postgres.new_database())
    async with running_api(settings, clock) as running:
        assert (await running.ready())[0] == 200
        await own_postgres.kill()
        status, found = await running.ready()
        assert (status, found["database"]) == (503, "no_answer")
        assert (await running.http.get("/healthz")).status == 200


async def test_a_database_that_is_silent_is_told_before_a_probe_gives_up(
    redis_url: str,
    postgres_url: str,
    postgres_server: EmbeddedPostgres,
    clock: MovableClock,
    production_time_outs: None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """At each probe; the look at it goes on, so that no connection is given up for that."""
    proxy = FaultProxy(postgres_server.port)
    async with proxy.running() as port:
        url = postgres_url.replace(f":{postgres_server.port}/", f":{port}/")
        async with running_api(settings_for(redis_url, url), clock) as running:
            assert (await running.ready())[0] == 200
            proxy.begin(Fault.SILENT)
            for _ in range(2):
                async with asyncio.timeout(LONGEST_PROBE_S):
                    status, found = await running.ready()
                assert (status, found["database"], found["redis"]) == (503, "no_answer", "ok")
            await proxy.mend()
            assert await running.ready() == (200, EVERYTHING_OK)
    assert "database_connections_replaced" not in caplog.messages


@pytest.mark.parametrize(
    ("refusing", "fault"),
    [
        ("ALTER ROLE guest NOLOGIN", "login_refused"),
        ("ALTER ROLE guest CONNECTION LIMIT 0", "full"),
    ],
)
async def test_a_database_that_refuses_us_says_why(
    redis_url: str, own_postgres: EmbeddedPostgres, clock: MovableClock, refusing: str, fault: str
) -> None:
    """A changed password is no server that is gone."""
    url = await own_postgres.new_database()
    async with own_postgres.connected(url) as owner:
        await owner.execute("CREATE ROLE guest LOGIN PASSWORD 'p'")
        await owner.execute("GRANT ALL ON SCHEMA public TO guest")
        guest = f"postgresql://guest:p@{url.partition('@')[2]}"
        async with running_api(settings_for(redis_url, guest), clock) as running:
            assert await running.ready() == (200, EVERYTHING_OK)
            await owner.execute(refusing)
            await owner.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'guest'"
            )
            status, found = await running.ready()
            assert (status, found["database"]) == (503, fault)


@pytest.mark.parametrize(
    ("host", "status"),
    [("127.0.0.1:8091", 200), ("localhost", 200), ("10.1.2.3", 200), ("rebound.example", 421)],
)
async def test_a_web_page_cannot_reach_it_by_dns_rebinding(
    running: RunningApi, host: str, status: int
) -> None:
    for path in ("/healthz", "/metrics"):
        answer = await running.http.get(path, headers={"Host": host})
        assert answer.status == status
        if status != 200:
            refusal = (await answer.json())["error"]
            assert refusal["details"] == {"setting": "LINK_INTERNAL_NAMES"}


async def test_each_listener_has_its_own_routes_alone(running: RunningApi) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        assert (await running.link.http.get(path)).status == 404
    assert (await running.http.get(f"{PREFIX}/addresses")).status == 404


async def test_figures_count_and_name_nobody(running: RunningApi) -> None:
    ama = await running.link.sign_in()
    for _ in range(3):
        await running.link.call("GET", "addresses")
    await ama.call("DELETE", "sessions")
    answer = await running.http.get("/metrics")
    figures = await answer.text()

    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert 'link_refusals_total{code="UNAUTHENTICATED"} 3.0' in figures
    assert "link_revocations_announced_total 1.0" in figures
    for secret in (ama.token, ama.id, "lses_", "127.0.0.1"):
        assert secret not in figures


async def test_with_a_token_set_figures_are_for_its_holders(
    redis_url: str, database_url: str, clock: MovableClock
) -> None:
    """A platform's probes hold none, and learn nothing but whether all is well."""
    settings = settings_for(redis_url, database_url, internal_token=TOKEN)
    async with running_api(settings, clock) as running:
        assert (await running.http.get("/readyz")).status == 200
        for said in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic eA=="}):
            assert (await running.http.get("/metrics", headers=said)).status == 401
        held = {"Authorization": f"Bearer {TOKEN}"}
        assert (await running.http.get("/metrics", headers=held)).status == 200


async def test_the_documented_calls_of_operators_work(
    redis_url: str, database_url: str, clock: MovableClock
) -> None:
    """With the token, as a scraper holds it."""
    settings = settings_for(redis_url, database_url, internal_token=TOKEN)
    async with running_api(settings, clock) as running:
        variables = {
            "LINK_INTERNAL": str(running.http.make_url("")).rstrip("/"),
            "LINK_INTERNAL_TOKEN": TOKEN,
        }
        alive, ready, figures = [
            await output_of(call, variables) for call in documented("LINK_INTERNAL")
        ]
    assert json.loads(alive) == {"status": "ok"}
    assert set(json.loads(ready).values()) == {"ok"}
    assert "link_revocation_feed_age_seconds" in figures
