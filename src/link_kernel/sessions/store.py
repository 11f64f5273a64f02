"""The Redis session store shared with the main auth service (docs/protocol.md#redis-keys).

Each method runs one Lua script or command: one decision in one round trip on one partition, and
idempotent, because the Redis client retries. All raise `StoreUnavailable` if Redis does not answer.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, TypeVar, cast

from redis.asyncio import Redis

from link_kernel.redis import keys as redis_keys
from link_kernel.redis.connection import store_failures
from link_kernel.redis.scripts import LuaScripts
from link_kernel.sessions.logins import Logins
from link_kernel.sessions.outcomes import (
    NO_PROOF,
    CreateOutcome,
    EndedSessions,
    EndScope,
    Lifetimes,
    ProofUse,
    RotateOutcome,
    ScriptOutcome,
    SessionStatus,
    StoreReply,
    UpgradeOutcome,
)
from link_kernel.sessions.records import (
    ElementsSession,
    LinkSession,
    NewElementsSession,
    SessionKey,
)

KEEP_ENDED_MS: Final = 15 * 60 * 1000

V = TypeVar("V", bound=ScriptOutcome)


@dataclass(frozen=True, slots=True)
class SessionBounds:
    """The maximum of live elements sessions per customer, and of rotations per session a minute.

    The bridge's settings replace these defaults.
    """

    sessions: int = 50
    rotations: int = 10


DEFAULT_BOUNDS: Final = SessionBounds()


class SessionStore:
    """Elements sessions and link sessions in the shared Redis."""

    def __init__(self, redis: Redis, bounds: SessionBounds = DEFAULT_BOUNDS) -> None:
        """Take the Redis that the main auth service also uses, and the limits of sessions."""
        self._redis = redis
        self._bounds = bounds
        self._scripts = LuaScripts(redis, "link_kernel.sessions")
        self._logins = Logins(redis)

    async def create(
        self,
        new: NewElementsSession,
        *,
        lifetimes: Lifetimes,
        key_hash: str,
        may_create: bool,
        proof: ProofUse = NO_PROOF,
    ) -> StoreReply[CreateOutcome]:
        """Create `new` if it does not exist; idempotent by `key_hash`, the idempotency key's hash.

        Where the customer has too many sessions, one is evicted; see `session_limit.lua`.
        """
        flat_fields = [part for pair in new.fields().items() for part in pair]
        link_session_id = new.identity.link_session_id or ""
        reply = await self._scripts.run(
            "create_elements_session",
            _keys(new.session_key),
            [
                int(may_create),
                key_hash,
                lifetimes.idle_ms,
                lifetimes.absolute_ms,
                KEEP_ENDED_MS,
                new.id,
                link_session_id,
                new.jkt or "",
                proof.jti_hash,
                proof.request_hash,
                self._bounds.sessions,
                new.parent_session_id or "",
                *flat_fields,
            ],
        )
        created = _parse_reply(CreateOutcome, reply)
        if created.session is not None and new.session_key.customer_id is not None:
            await self.note_partition(new.session_key, life_ms=lifetimes.absolute_ms)
        return created

    async def note_partition(self, session_key: SessionKey, *, life_ms: int) -> None:
        """Store the partition of a session for `life_ms`, so that the session is found by its id.

        For a customer's elements sessions and link sessions; a guest's partition is its own id.
        """
        with store_failures():
            await self._redis.set(
                redis_keys.partition_of(session_key.session_id), session_key.partition, px=life_ms
            )

    async def find_partition(self, session_id: str) -> str | None:
        """Return the partition stored for a session or link session, `None` if there is none."""
        with store_failures():
            partition = await self._redis.get(redis_keys.partition_of(session_id))
        return None if partition is None else str(partition)

    async def rotate(
        self,
        session_key: SessionKey,
        *,
        generation: int,
        key_hash: str,
        secret_version: int,
        proof: ProofUse = NO_PROOF,
    ) -> StoreReply[RotateOutcome]:
        """Rotate the refresh token by docs/protocol.md#refresh-rule, given its `generation`.

        `key_hash` is the hash of the idempotency key; `secret_version` is that of the token.
        """
        reply = await self._scripts.run(
            "rotate_elements_session",
            _keys(session_key),
            [
                generation,
                key_hash,
                secret_version,
                KEEP_ENDED_MS,
                proof.jkt,
                proof.jti_hash,
                self._bounds.rotations,
            ],
        )
        return _parse_reply(RotateOutcome, reply)

    async def read(
        self, session_key: SessionKey, *, proof: ProofUse = NO_PROOF
    ) -> StoreReply[SessionStatus]:
        """Return a session and its state; `proof` is recorded as used by this request."""
        reply = await self._scripts.run(
            "read_elements_session", _keys(session_key), [proof.jti_hash, proof.request_hash]
        )
        return _parse_reply(SessionStatus, reply)

    async def record_proof_use(self, partition: str, claim: ProofUse) -> bool:
        """Record that a proof serves a request; return False if it has served another one."""
        reply = await self._scripts.run(
            "record_proof_use",
            [redis_keys.dpop_proof(partition, claim.jti_hash)],
            [claim.request_hash],
        )
        return reply[0] == "claimed"

    async def upgrade(
        self, session_key: SessionKey, *, request_mac: str, upgraded_to: SessionKey
    ) -> UpgradeOutcome:
        """Replace a session by `upgraded_to`, the one that its frame signed in to; idempotent."""
        reply = await self._scripts.run(
            "upgrade_elements_session",
            _keys(session_key),
            [KEEP_ENDED_MS, request_mac, upgraded_to.session_id, upgraded_to.partition],
        )
        return UpgradeOutcome(str(reply[0]))

    async def end(self, session_key: SessionKey, *, reason: str) -> int:
        """End one elements session; return 1 if this call ended it, 0 if it had ended before."""
        reply = await self._scripts.run(
            "end_elements_session",
            _keys(session_key),
            [session_key.session_id, reason, KEEP_ENDED_MS],
        )
        return int(reply[0] == "ended")

    async def end_customer_sessions(
        self, customer_id: str, what: EndScope, *, reason: str, link_session_id: str = ""
    ) -> EndedSessions:
        """End sessions of a customer; return their ids and those of all ended ones still indexed.

        `what` is `all`, `elements`, `nothing`, or `login`: the elements sessions of the given link
        session. `elements` means `login` where a link session is given and has ended.
        """
        reply = await self._scripts.run(
            "end_customer_sessions",
            [
                redis_keys.session_index(customer_id),
                redis_keys.elements_session(customer_id, ""),
                redis_keys.link_session(customer_id, ""),
                redis_keys.ended_link_session(customer_id, ""),
            ],
            [what, reason, KEEP_ENDED_MS, link_session_id],
        )
        return EndedSessions(int(cast("int", reply[2])), tuple(cast("list[str]", reply[3])))

    async def forget_ended(self, customer_id: str, ids: Collection[str]) -> None:
        """Remove ended sessions from the customer's index, after they were published as revoked."""
        if ids:
            with store_failures():
                await self._redis.zrem(redis_keys.session_index(customer_id), *ids)

    async def end_link_session(self, customer_id: str, link_session_id: str) -> int:
        """End a link session, and with it the elements sessions created from it.

        Return 1 if this call ended it, 0 if it had ended before.
        """
        reply = await self._scripts.run(
            "end_link_session",
            [
                redis_keys.link_session(customer_id, link_session_id),
                redis_keys.ended_link_session(customer_id, link_session_id),
                redis_keys.session_index(customer_id),
            ],
            [link_session_id, KEEP_ENDED_MS],
        )
        return int(reply[0] == "ended")

    async def find_link_session_key(self, unverified_link_token: str) -> SessionKey | None:
        """Return the key of the link session that a `lnk_` token was issued for, live or ended."""
        return await self._logins.find_key(unverified_link_token)

    async def find_link_session(self, unverified_link_token: str) -> LinkSession | None:
        """Return the link session that a `lnk_` token was issued for, `None` if it has ended.

        One round trip for a token seen before, otherwise two.
        """
        return await self._logins.find(unverified_link_token)


def _keys(session_key: SessionKey) -> list[str]:
    """Return the Redis keys of a session's scripts; a guest has neither index nor link sessions."""
    partition = session_key.partition
    keys = [
        redis_keys.elements_session(partition, session_key.session_id),
        redis_keys.dpop_proof(partition, ""),
    ]
    if session_key.customer_id is not None:
        keys.append(redis_keys.session_index(partition))
        keys.append(redis_keys.link_session(partition, ""))
        keys.append(redis_keys.elements_session(partition, ""))
    return keys


def _parse_reply(outcomes: type[V], reply: list[object]) -> StoreReply[V]:
    """Parse a script's reply `[outcome, now, flat fields?, wait ms?, rotated ms ago?]`."""
    flat_fields = cast("list[str]", reply[2]) if len(reply) > 2 else []  # noqa: PLR2004  # an optional part of the reply
    fields = dict(zip(flat_fields[::2], flat_fields[1::2], strict=True))
    return StoreReply(
        outcomes(str(reply[0])),
        int(cast("int", reply[1])),
        ElementsSession.of(fields) if fields else None,
        int(cast("str", reply[3])) if len(reply) > 3 else 0,  # noqa: PLR2004  # an optional part of the reply
        int(cast("str", reply[4])) if len(reply) > 4 else None,  # noqa: PLR2004  # likewise
    )
