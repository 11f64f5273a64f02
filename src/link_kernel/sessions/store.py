"""The session store shared with the main auth service (docs/protocol.md#redis-keys).

Each method is one script or one command: one decision, one slot, one round trip, safe to run twice.
All raise `StoreUnavailable` where Redis does not answer.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, TypeVar, cast

from redis.asyncio import Redis

from link_kernel.redis import keys as keyspace
from link_kernel.redis.connection import store_failures
from link_kernel.redis.scripts import LuaScripts
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
    """How many live elements sessions a customer has, and how often one rotates in a minute."""

    sessions: int = 50
    rotations: int = 10


DEFAULT_BOUNDS: Final = SessionBounds()


class SessionStore:
    """Elements sessions and link sessions in the shared Redis."""

    def __init__(self, redis: Redis, bounds: SessionBounds = DEFAULT_BOUNDS) -> None:
        """Take the Redis that the main auth service uses too, and the bounds of sessions."""
        self._redis = redis
        self._bounds = bounds
        self._scripts = LuaScripts(redis, "link_kernel.sessions")

    async def create(
        self,
        new: NewElementsSession,
        *,
        lives: Lifetimes,
        key_hash: str,
        may_create: bool,
        proof: ProofUse = NO_PROOF,
    ) -> StoreReply[CreateOutcome]:
        """Create `new` if and only if it does not exist; the same key again finds the same.

        Where the customer has too many sessions, one ends; see `session_limit.lua`.
        """
        flat = [part for pair in new.fields().items() for part in pair]
        link_session_id = new.identity.link_session_id or ""
        reply = await self._scripts.run(
            "create_elements_session",
            _keys(new.session_key),
            [
                int(may_create),
                key_hash,
                lives.idle_ms,
                lives.absolute_ms,
                KEEP_ENDED_MS,
                new.id,
                link_session_id,
                new.jkt or "",
                proof.jti_hash,
                proof.request_hash,
                self._bounds.sessions,
                new.parent_session_id or "",
                *flat,
            ],
        )
        found = _found(CreateOutcome, reply)
        if found.session is not None and new.session_key.customer_id is not None:
            await self.note_partition(new.session_key, life_ms=lives.absolute_ms)
        return found

    async def note_partition(self, session_key: SessionKey, *, life_ms: int) -> None:
        """Note where a customer's session or link session lies, for those who know its id alone."""
        with store_failures():
            await self._redis.set(
                keyspace.partition_of(session_key.session_id), session_key.partition, px=life_ms
            )

    async def find_partition(self, session_id: str) -> str | None:
        """Return the slot that was noted for a session or link session."""
        with store_failures():
            partition = await self._redis.get(keyspace.partition_of(session_id))
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
        """Apply docs/protocol.md#refresh-rule to the presented `generation`."""
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
        return _found(RotateOutcome, reply)

    async def read(
        self, session_key: SessionKey, *, proof: ProofUse = NO_PROOF
    ) -> StoreReply[SessionStatus]:
        """Read a session and whether this call may use it."""
        reply = await self._scripts.run(
            "read_elements_session", _keys(session_key), [proof.jti_hash, proof.request_hash]
        )
        return _found(SessionStatus, reply)

    async def record_proof_use(self, partition: str, claim: ProofUse) -> bool:
        """Let a proof serve a request; tell whether it did not serve another one before."""
        reply = await self._scripts.run(
            "record_proof_use",
            [keyspace.dpop_proof(partition, "")],
            [claim.jti_hash, claim.request_hash],
        )
        return reply[0] == "claimed"

    async def bind_otp_contact(self, session_key: SessionKey, contact_mac: str) -> SessionStatus:
        """Note the contact (as a MAC) that a live session asks a code for."""
        reply = await self._scripts.run("bind_otp_contact", _keys(session_key), [contact_mac])
        return SessionStatus(str(reply[0]))

    async def upgrade(
        self, session_key: SessionKey, *, request_mac: str, upgraded_to: SessionKey
    ) -> UpgradeOutcome:
        """Close a session for the one that its frame signed in to."""
        reply = await self._scripts.run(
            "upgrade_elements_session",
            _keys(session_key),
            [KEEP_ENDED_MS, request_mac, upgraded_to.session_id, upgraded_to.partition],
        )
        return UpgradeOutcome(str(reply[0]))

    async def end(self, session_key: SessionKey, *, reason: str) -> int:
        """End one elements session; return how many ended by this call, 0 or 1."""
        reply = await self._scripts.run(
            "end_elements_session",
            _keys(session_key),
            [session_key.session_id, reason, KEEP_ENDED_MS],
        )
        return int(reply[0] == "ended")

    async def end_customer_sessions(
        self, customer_id: str, what: EndScope, *, reason: str, link_session_id: str = ""
    ) -> EndedSessions:
        """End sessions of a customer; name these and whatever ended and was not forgotten yet.

        `login` are the elements sessions that hang on the link session; `elements` too, where it is
        named and has ended.
        """
        reply = await self._scripts.run(
            "end_customer_sessions",
            [
                keyspace.session_index(customer_id),
                keyspace.elements_session(customer_id, ""),
                keyspace.link_session(customer_id, ""),
                keyspace.ended_link_session(customer_id, ""),
            ],
            [what, reason, KEEP_ENDED_MS, link_session_id],
        )
        return EndedSessions(int(cast("int", reply[2])), tuple(cast("list[str]", reply[3])))

    async def forget_ended(self, customer_id: str, ids: Collection[str]) -> None:
        """Take ended sessions out of the customer's index, after they were announced."""
        if ids:
            with store_failures():
                await self._redis.zrem(keyspace.session_index(customer_id), *ids)

    async def end_link_session(self, customer_id: str, link_session_id: str) -> int:
        """End a link session and whatever hangs on it; return how many ended by this call."""
        reply = await self._scripts.run(
            "end_link_session",
            [
                keyspace.link_session(customer_id, link_session_id),
                keyspace.ended_link_session(customer_id, link_session_id),
                keyspace.session_index(customer_id),
            ],
            [link_session_id, KEEP_ENDED_MS],
        )
        return int(reply[0] == "ended")

    async def find_link_address(self, unverified_link_token: str) -> SessionKey | None:
        """Return which link session a `lnk_` token was made for, live or ended."""
        with store_failures():
            held = await self._redis.get(keyspace.link_token(unverified_link_token))
        if held is None:
            return None
        customer_id, _, link_session_id = str(held).partition(" ")
        return SessionKey(link_session_id, customer_id)

    async def find_link_session(self, unverified_link_token: str) -> LinkSession | None:
        """Return the live link session that a `lnk_` token stands for, if there is one."""
        session_key = await self.find_link_address(unverified_link_token)
        if session_key is None:
            return None
        key = keyspace.link_session(session_key.partition, session_key.session_id)
        with store_failures():
            fields = await self._redis.hgetall(key)
        return LinkSession.of(cast("dict[str, str]", fields)) if fields else None


def _keys(session_key: SessionKey) -> list[str]:
    """Name what a session's scripts touch; a guest has neither index nor link sessions."""
    partition = session_key.partition
    keys = [
        keyspace.elements_session(partition, session_key.session_id),
        keyspace.dpop_proof(partition, ""),
    ]
    if session_key.customer_id is not None:
        keys.append(keyspace.session_index(partition))
        keys.append(keyspace.link_session(partition, ""))
        keys.append(keyspace.elements_session(partition, ""))
    return keys


def _found(outcomes: type[V], reply: list[object]) -> StoreReply[V]:
    """Name a script's reply `[verdict, now, flat fields?, wait ms?]`."""
    flat = cast("list[str]", reply[2]) if len(reply) > 2 else []  # noqa: PLR2004  # as above
    fields = dict(zip(flat[::2], flat[1::2], strict=True))
    return StoreReply(
        outcomes(str(reply[0])),
        int(cast("int", reply[1])),
        ElementsSession.of(fields) if fields else None,
        int(cast("str", reply[3])) if len(reply) > 3 else 0,  # noqa: PLR2004  # as above
    )
