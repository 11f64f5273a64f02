"""What must hold while the slot of a session moves from one shard of a Cluster to another."""

from link_kernel.ids import new_id, sha256_hex
from link_kernel.redis import keys as redis_keys
from link_kernel.redis.connection import connect
from link_kernel.sessions.outcomes import ProofUse
from link_kernel.sessions.store import SessionStore
from tests.support.servers.redis_cluster import running_cluster


async def test_a_proof_serves_one_request_while_its_slot_moves() -> None:
    """Where a half moved slot lacks a key, it is looked for at the shard that gets the slot."""
    partition, jti_hash = new_id("els"), sha256_hex("jti")
    first, other = (ProofUse("jkt", jti_hash, request) for request in ("first", "other"))
    key = redis_keys.dpop_proof(partition, jti_hash)
    async with running_cluster() as cluster, connect(cluster.url) as redis:
        store, old = SessionStore(redis), cluster.shard_of(key)
        new = next(shard for shard in cluster.shards if shard is not old)
        assert await store.record_proof_use(partition, first)
        async with cluster.moving_slot(key, to=new):
            assert not await store.record_proof_use(partition, other)
            assert await store.record_proof_use(partition, first)
        assert await store.record_proof_use(partition, first)
        assert not await store.record_proof_use(partition, other)
