"""Connections to a Redis: TLS, the client's own certificate, and how long they may take."""

import asyncio
import ssl
from pathlib import Path

import pytest
from redis.exceptions import TimeoutError as RedisTimeoutError

from link_dev.embedded.redis import EmbeddedRedis
from link_kernel.redis.connection import connect
from link_kernel.redis.pools import TimeOuts
from link_kernel.redis.readiness import redis_faults
from link_kernel.settings.environment import SettingsError, read_environment
from link_kernel.settings.kinds import RedisSettings
from tests.support.servers.certificates import Authority
from tests.support.servers.fault_proxy import Fault, FaultProxy
from tests.support.waiting import until

PATIENT = TimeOuts(20, 20)
LONGEST_WAIT_S = 5.0


async def test_tls_is_to_a_server_whose_certificate_is_trusted(
    own_redis: EmbeddedRedis, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    authority = Authority.in_folder(tmp_path)
    async with FaultProxy(own_redis.port, authority.server()).running() as port:
        url = f"rediss://127.0.0.1:{port}"
        async with connect(f"{url}?ssl_ca_certs={authority.certificate_file}") as redis:
            assert await redis.set("a", "1", px=60_000)
        async with connect(url) as redis:
            assert await redis_faults(redis) == ["no_answer"]
        assert "no_answer, ConnectionError SSLCertVerificationError" in {
            vars(record).get("detail") for record in caplog.records
        }
        async with connect(f"{url}?ssl_cert_reqs=none") as redis:
            assert await redis.get("a") == "1"


async def test_a_server_that_wants_a_certificate_gets_the_clients(
    own_redis: EmbeddedRedis, tmp_path: Path
) -> None:
    authority = Authority.in_folder(tmp_path)
    demanding = authority.server()
    demanding.verify_mode = ssl.CERT_REQUIRED
    demanding.load_verify_locations(authority.certificate_file)
    mine = authority.certified("bridge.internal")
    async with FaultProxy(own_redis.port, demanding).running() as port:
        url = f"rediss://127.0.0.1:{port}?ssl_ca_certs={authority.certificate_file}"
        async with connect(f"{url}&ssl_certfile={mine}&ssl_keyfile={mine}") as redis:
            assert await redis.set("a", "1", px=60_000)
        async with connect(url) as redis:
            assert await redis_faults(redis) == ["no_answer"]


async def test_a_slow_tls_handshake_is_awaited_as_long_as_the_setting_says(
    own_redis: EmbeddedRedis, tmp_path: Path
) -> None:
    """Half a second was the limit for ever, so a store six tenths away was never reached."""
    authority = Authority.in_folder(tmp_path)
    async with (
        FaultProxy(own_redis.port, authority.server()).running() as tls_port,
        (slow := FaultProxy(tls_port)).running() as port,
    ):
        url = f"rediss://127.0.0.1:{port}?ssl_ca_certs={authority.certificate_file}"
        slow.begin(Fault.SILENT)
        async with connect(url, time_outs=TimeOuts(0.05, 20)) as hasty:
            with pytest.raises(RedisTimeoutError):
                await hasty.get("a")
        async with connect(url, time_outs=PATIENT) as patient:
            before = len(slow.pipes)
            answer = asyncio.ensure_future(patient.set("a", "1", px=60_000))
            await until(lambda: len(slow.pipes) > before)
            await slow.mend()
            assert await answer


async def test_a_slow_login_is_awaited_as_a_slow_handshake_is(own_redis: EmbeddedRedis) -> None:
    """It is bound by the time-out for connecting, and that for replies is of no account in it."""
    slow = FaultProxy(own_redis.port)
    async with slow.running() as port:
        slow.begin(Fault.SILENT)
        url = f"redis://default:anything@127.0.0.1:{port}"  # TCP connects, and nothing answers
        async with connect(url, time_outs=TimeOuts(0.05, 20)) as hasty:
            async with asyncio.timeout(LONGEST_WAIT_S):
                with pytest.raises(RedisTimeoutError):
                    await hasty.get("a")
        async with connect(url, time_outs=TimeOuts(20, 0.2)) as patient:
            logins = len(slow.pipes)
            fetched = asyncio.ensure_future(patient.get("a"))
            await until(lambda: len(slow.pipes) > logins)
            await asyncio.sleep(0.4)  # noqa: TID251  # twice the time-out for replies
            await slow.mend()
            assert await fetched is None


async def test_a_pause_of_the_store_is_borne_as_long_as_the_setting_says(
    own_redis: EmbeddedRedis,
) -> None:
    async with (
        connect(own_redis.url, time_outs=TimeOuts(0.5, 0.05)) as hasty,
        connect(own_redis.url, time_outs=PATIENT) as patient,
    ):
        await patient.set("a", "1", px=60_000)
        own_redis.pause()
        with pytest.raises(RedisTimeoutError):
            await hasty.get("a")
        answer = asyncio.ensure_future(patient.get("a"))
        own_redis.resume()
        assert await answer == "1"


def test_the_time_outs_are_settings_in_milliseconds() -> None:
    url = {"ELEMENTS_REDIS_URL": "redis+cluster://a,b"}
    given = {"ELEMENTS_REDIS_CONNECT_TIMEOUT": "2500", "ELEMENTS_REDIS_READ_TIMEOUT": "4000"}
    assert read_environment("ELEMENTS", RedisSettings, {**url, **given}).redis_time_outs == (2.5, 4)
    with pytest.raises(SettingsError) as refused:
        read_environment("ELEMENTS", RedisSettings, {**url, "ELEMENTS_REDIS_READ_TIMEOUT": "5"})
    assert "ELEMENTS_REDIS_READ_TIMEOUT" in str(refused.value)


@pytest.mark.usefixtures("production_time_outs")
def test_without_settings_half_a_second_and_a_second_are_the_time_outs() -> None:
    settings = read_environment("LINK", RedisSettings, {"LINK_REDIS_URL": "redis://a"})
    assert settings.redis_time_outs == (0.5, 1.0)


async def test_a_client_of_a_cluster_gives_no_connection_to_whichever_server() -> None:
    """Its commands would be refused by all but one; `client_of` has the one of a key."""
    async with connect("redis+cluster://nowhere.test") as redis:
        for begin in (redis.client, redis.pipeline, redis.pubsub, redis.monitor):
            with pytest.raises(TypeError, match="client_of"):
                begin()
