"""Rotations are ordered by a counter, never by a clock (Keycloak #50999)."""

from redis.asyncio import Redis

from link_kernel.ids import new_id
from link_kernel.redis import keys as redis_keys
from link_kernel.redis.scripts import lua_source
from link_kernel.sessions.outcomes import Lifetimes, RotateOutcome
from link_kernel.sessions.records import Identity, NewElementsSession, SessionKey
from link_kernel.sessions.store import SessionStore
from tests.support.servers.topologies import holder_of

LIFETIMES = Lifetimes(600_000, 3_600_000)
KEEP_MS, MOST = 900_000, 10


async def rotated_twice(redis: Redis, store: SessionStore) -> tuple[int, int, SessionKey]:
    """Rotate a new session twice at once; return Redis's times of it, and the session's key."""
    session_id = new_id("els")
    new = NewElementsSession(session_id, Identity(), "bus_demo", "auth", "https://shop.example", 1)
    await store.create(new, lifetimes=LIFETIMES, key_hash="k0", may_create=True)
    keys = [
        redis_keys.elements_session(session_id, session_id),
        redis_keys.dpop_proof(session_id, ""),
    ]
    source = lua_source("link_kernel.sessions", "rotate_elements_session")
    pipeline = (await holder_of(redis, keys[0])).pipeline(transaction=True)
    for generation, key_hash in ((0, "k1"), (1, "k2")):
        pipeline.eval(source, len(keys), *keys, generation, key_hash, 1, KEEP_MS, "", "", MOST)
    first, second = await pipeline.execute()
    assert (first[0], second[0]) == ("rotated", "rotated")
    return first[1], second[1], new.session_key


async def test_attack_31_two_rotations_in_one_millisecond_have_an_order(redis: Redis) -> None:
    store, in_one_millisecond = SessionStore(redis), 0
    for _ in range(200):  # most pairs fall into one millisecond, and some do not
        first_at, second_at, address = await rotated_twice(redis, store)
        late = await store.rotate(address, generation=0, key_hash="k1", secret_version=1)
        assert late.outcome is RotateOutcome.SUPERSEDED
        in_one_millisecond += first_at == second_at
    assert in_one_millisecond > 0


async def test_the_release_before_may_rotate_between_two_rotations_of_this_one(
    redis: Redis,
) -> None:
    """It keeps no key of a generation before: such a late repeat is reuse, as that release says."""
    store = SessionStore(redis)
    _, _, address = await rotated_twice(redis, store)
    session = redis_keys.elements_session(address.partition, address.session_id)
    await redis.hset(session, mapping={"generation": 3, "key_hash": "k3"})
    last = await store.rotate(address, generation=3, key_hash="k4", secret_version=1)
    assert last.outcome is RotateOutcome.ROTATED

    for generation, outcome in (
        (2, RotateOutcome.SUPERSEDED),
        (0, RotateOutcome.SUPERSEDED),
        (1, RotateOutcome.REUSED),
    ):
        late = await store.rotate(
            address, generation=generation, key_hash=f"k{generation + 1}", secret_version=1
        )
        assert late.outcome is outcome
