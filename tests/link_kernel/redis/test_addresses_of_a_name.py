"""A name with several addresses: one that is silent holds up no other."""

from pathlib import Path

import pytest

from link_dev.embedded.redis import EmbeddedRedis
from link_kernel.redis.connection import connect
from link_kernel.redis.pools import TimeOuts
from link_kernel.redis.readiness import redis_faults
from tests.support.servers.certificates import Authority
from tests.support.servers.fault_proxy import FaultProxy
from tests.support.servers.redis_cluster import running_cluster
from tests.support.servers.silent_address import NAME, half_silent_name

TIME_OUTS = TimeOuts(4, 20)


async def test_a_server_is_reached_at_the_address_that_answers(
    own_redis: EmbeddedRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within the time-out for one connection; for its feed of revocations, too."""
    with half_silent_name(own_redis.port, monkeypatch):
        async with connect(f"redis://{NAME}:{own_redis.port}", time_outs=TIME_OUTS) as redis:
            assert await redis.set("a", "1", px=60_000)
            async with redis.follower_of("a", block_s=1) as follower:
                assert await follower.get("a") == "1"


@pytest.mark.parametrize(("certified", "faults"), [(NAME, []), ("other.test", ["no_answer"])])
async def test_the_certificate_is_still_that_of_the_name(
    own_redis: EmbeddedRedis,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    certified: str,
    faults: list[str],
) -> None:
    authority = Authority.in_folder(tmp_path)
    async with FaultProxy(own_redis.port, authority.server(certified)).running() as port:
        url = f"rediss://{NAME}:{port}?ssl_ca_certs={authority.certificate_file}"
        with half_silent_name(port, monkeypatch):
            async with connect(url, time_outs=TIME_OUTS) as redis:
                assert await redis_faults(redis) == faults


async def test_a_name_of_a_clusters_server_leads_there_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with running_cluster() as cluster:
        port = cluster.shards[0].primary.port
        with half_silent_name(port, monkeypatch):
            async with connect(f"redis+cluster://{NAME}:{port}", time_outs=TIME_OUTS) as redis:
                assert await redis.set("a", "1", px=60_000)
