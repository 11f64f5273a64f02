"""The rights that `redis-acl` prints: the bridge does everything under them, and uses each."""

from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

from redis.asyncio import Redis

from elements_bridge.admin import BusinessCommands
from elements_bridge.businesses.rejected_origins import KEPT_ORIGINS, RedisRejectedOrigins
from elements_bridge.businesses.store import RedisBusinesses, StoredBusiness
from elements_bridge.keyring import KeyringFile
from elements_bridge.redis_rights import RIGHTS, USER
from link_kernel.redis import keys as redis_keys
from link_kernel.redis.connection import connect
from link_kernel.redis.readiness import redis_faults
from tests.support.clients.bridge_client import (
    BUSINESS,
    granted,
    refusal,
    settings_for,
)
from tests.support.clients.bridge_sign_in import sign_in
from tests.support.clients.internal_client import (
    INTERNAL_TOKEN,
    RunningBridge,
    running_both_listeners,
)
from tests.support.clients.link_client import LinkClient, running_link_api
from tests.support.clients.link_client import settings_for as link_settings_for
from tests.support.frame_key import FrameKey
from tests.support.servers.commands import run_module
from tests.support.servers.databases import sqlite_in
from tests.support.servers.redis_cluster import running_cluster
from tests.support.servers.watched_redis import NO_DIFFERENCES, lacking_at, watched_redis
from tests.support.time_machine import MovableClock
from tests.support.waiting import until_answered

EVIL = "https://evil.example"
EMAIL = {"contact": "rights@shop.example", "contact_type": "email"}


async def live(bridge: RunningBridge, link: LinkClient) -> None:
    """Go through every route of the bridge."""
    public = replace(bridge.public, frame_key=FrameKey())
    assert await refusal(await public.post(f"bootstrap?business_id={BUSINESS}", {}, origin=EVIL))
    guest = await public.init()
    grant = await sign_in(public, link.outbox, guest, EMAIL)
    grant = await granted(await public.refresh(grant["refresh_token"]))
    assert (await bridge.authorize(grant["access_token"], key=public.frame_key)).status == 200
    assert (await bridge.introspect(grant["access_token"])).status == 200
    body = {"scope": "customer"}
    assert (await granted(await public.post("logout", body, token=grant["access_token"])))[
        "revoked"
    ]
    for route in ("readyz", "metrics"):
        assert (await bridge.http.get(f"/{route}")).status == 200


async def revoke_all(bridge: RunningBridge, link: LinkClient) -> None:
    """End sessions in every way; a second session of one customer evicts the first."""
    ama = await link.sign_in()
    for _ in range(2):
        guest = await bridge.public.init(token=ama.token)
    for body in (
        {"session_id": guest["session"]["id"]},
        {"customer_id": ama.id},
        {"link_session_id": "lses_0123456789abcdefABCDEF"},
    ):
        assert (await bridge.revoke(body)).status == 200


async def administer(url: str, file: Path) -> None:
    """Run the commands that work on Redis."""
    async with connect(url) as redis:
        commands = BusinessCommands(RedisBusinesses(redis), RedisRejectedOrigins(redis))
        crowd = {f"https://evil{number}.example": 1 for number in range(KEPT_ORIGINS + 1)}
        for unverified in (False, True):
            await commands.rejected.add(BUSINESS, crowd, unverified=unverified)
        await commands.export_businesses(file)
        await commands.disable_business(BUSINESS)
        await commands.enable_business(BUSINESS)
        await commands.sync_businesses(file, prune=True, dry_run=False)
        assert (await commands.check_origin(BUSINESS, EVIL)).is_no


async def test_the_bridge_needs_what_is_listed_and_nothing_more(
    keyring: KeyringFile, clock: MovableClock, tmp_path: Path
) -> None:
    async with watched_redis(RIGHTS) as watched:
        link_settings = link_settings_for(watched.free_url, sqlite_in(tmp_path))
        async with running_link_api(link_settings, clock) as link:
            settings = settings_for(
                watched.url,
                keyring,
                auth_service_url=str(link.http.make_url("")),
                internal_token=INTERNAL_TOKEN,
                limit_sessions=1,
            )
            async with running_both_listeners(settings, clock) as bridge:
                await bridge.public.init()
                await watched.until_used("script|load")  # by its limits, told in the background
                await live(bridge, link)
                await revoke_all(bridge, link)
                await administer(watched.url, tmp_path / "businesses.json")
                clock.ahead_ms += 1_000
                await watched.fail_over()
            await watched.note_others()
        assert await lacking_at(watched) == []
        assert await watched.differences() == NO_DIFFERENCES


async def test_a_cluster_needs_two_commands_more_also_while_a_slot_moves() -> None:
    async with running_cluster() as cluster, AsyncExitStack() as opened:
        words = RIGHTS.acl_line("guarded", cluster=True).split(" ")
        admins = [
            await opened.enter_async_context(Redis.from_url(server.url, decode_responses=True))
            for server in cluster.servers
        ]
        for admin in admins:
            await admin.execute_command("ACL", "SETUSER", *words[1:], ">pw")  # type: ignore[no-untyped-call]
        url = cluster.url.replace("://", "://guarded:pw@")
        redis = await opened.enter_async_context(connect(url))
        stored, key = RedisBusinesses(redis), redis_keys.business(BUSINESS)
        there = cluster.shard_of(key)
        elsewhere = next(shard for shard in cluster.shards if shard is not there)

        async def is_ready() -> bool:
            return await redis_faults(redis) == []

        await until_answered(is_ready)
        async with cluster.moving_slot(key, to=elsewhere):
            assert await stored.put(StoredBusiness(BUSINESS, "Shop", "enabled", "live", ()))

        assert [business.id for business in await stored.all()] == [BUSINESS]
        assert [await admin.acl_log() for admin in admins] == [[]] * len(admins)


def test_the_rule_is_one_line_and_the_password_is_yours_to_add() -> None:
    status, out, words = run_module("elements_bridge", "redis-acl", env={"PATH": ""})
    assert (status, out) == (0, RIGHTS.acl_line(USER))
    assert out.startswith(f"user {USER} on resetkeys resetchannels -@all ~link:v1:")
    assert ">" not in out
    assert f"ACL SETUSER {USER} '>PASSWORD'" in words
    assert "on every server, replicas too" in words
    assert run_module("elements_bridge", "redis-acl", "--user", "a b", env={"PATH": ""})[0] == 2
