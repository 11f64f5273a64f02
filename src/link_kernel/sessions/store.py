"""The session store shared with the main auth service, on Redis (design section 6).

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
    Creation,
    EndedSessions,
    EndScope,
    Found,
    Lives,
    ProofClaim,
    Rotation,
    Standing,
    Upgrade,
    Verdict,
)
from link_kernel.sessions.records import (
    ElementsSession,
    LinkSession,
    NewElementsSession,
    SessionAddress,
)

KEEP_ENDED_MS: Final = 15 * 60 * 1000

V = TypeVar("V", bound=Verdict)


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
        lives: Lives,
        key_hash: str,
        may_create: bool,
        proof: ProofClaim = NO_PROOF,
    ) -> Found[Creation]:
        """Create `new` if and only if it does not exist; the same key again finds the same.

        Where the customer has too many sessions, one ends; see `session_crowd.lua`.
        """
        flat = [part for pair in new.fields().items() for part in pair]
        link_session_id = new.identity.link_session_id or ""
        reply = await self._scripts.run(
            "create_elements_session",
            _keys(new.address),
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
                new.minted_by or "",
                *flat,
            ],
        )
        found = _found(Creation, reply)
        if found.session is not None and new.address.customer_id is not None:
            await self.note_slot(new.address, life_ms=lives.absolute_ms)
        return found

    async def note_slot(self, address: SessionAddress, *, life_ms: int) -> None:
        """Note where a customer's session or link session lies, for those who know its id alone."""
        with store_failures():
            await self._redis.set(keyspace.slot_of(address.session_id), address.slot, px=life_ms)

    async def find_slot(self, session_id: str) -> str | None:
        """Return the slot that was noted for a session or link session."""
        with store_failures():
            slot = await self._redis.get(keyspace.slot_of(session_id))
        return None if slot is None else str(slot)

    async def rotate(
        self,
        address: SessionAddress,
        *,
        generation: int,
        key_hash: str,
        secret_version: int,
        proof: ProofClaim = NO_PROOF,
    ) -> Found[Rotation]:
        """Apply the refresh rule (design section 5) to the presented `generation`."""
        reply = await self._scripts.run(
            "rotate_elements_session",
            _keys(address),
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
        return _found(Rotation, reply)

    async def read(
        self, address: SessionAddress, *, proof: ProofClaim = NO_PROOF
    ) -> Found[Standing]:
        """Read a session and whether this call may use it."""
        reply = await self._scripts.run(
            "read_elements_session", _keys(address), [proof.jti_hash, proof.request_hash]
        )
        return _found(Standing, reply)

    async def claim_proof(self, slot: str, claim: ProofClaim) -> bool:
        """Let a proof serve a request; tell whether it did not serve another one before."""
        reply = await self._scripts.run(
            "claim_proof", [keyspace.dpop_proof(slot, "")], [claim.jti_hash, claim.request_hash]
        )
        return reply[0] == "claimed"

    async def bind_otp_contact(self, address: SessionAddress, contact_mac: str) -> Standing:
        """Note the contact (as a MAC) that a live session asks a code for."""
        reply = await self._scripts.run("bind_otp_contact", _keys(address), [contact_mac])
        return Standing(str(reply[0]))

    async def upgrade(
        self, address: SessionAddress, *, request_mac: str, upgraded_to: SessionAddress
    ) -> Upgrade:
        """Close a session for the one that its frame signed in to."""
        reply = await self._scripts.run(
            "upgrade_elements_session",
            _keys(address),
            [KEEP_ENDED_MS, request_mac, upgraded_to.session_id, upgraded_to.slot],
        )
        return Upgrade(str(reply[0]))

    async def end(self, address: SessionAddress, *, reason: str) -> int:
        """End one elements session; return how many ended by this call, 0 or 1."""
        reply = await self._scripts.run(
            "end_elements_session", _keys(address), [address.session_id, reason, KEEP_ENDED_MS]
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

    async def find_link_address(self, unverified_link_token: str) -> SessionAddress | None:
        """Return which link session a `lnk_` token was made for, live or ended."""
        with store_failures():
            held = await self._redis.get(keyspace.link_token(unverified_link_token))
        if held is None:
            return None
        customer_id, _, link_session_id = str(held).partition(" ")
        return SessionAddress(link_session_id, customer_id)

    async def find_link_session(self, unverified_link_token: str) -> LinkSession | None:
        """Return the live link session that a `lnk_` token stands for, if there is one."""
        address = await self.find_link_address(unverified_link_token)
        if address is None:
            return None
        key = keyspace.link_session(address.slot, address.session_id)
        with store_failures():
            fields = await self._redis.hgetall(key)
        return LinkSession.of(cast("dict[str, str]", fields)) if fields else None


def _keys(address: SessionAddress) -> list[str]:
    """Name what a session's scripts touch; a guest has neither index nor link sessions."""
    slot = address.slot
    keys = [keyspace.elements_session(slot, address.session_id), keyspace.dpop_proof(slot, "")]
    if address.customer_id is not None:
        keys.append(keyspace.session_index(slot))
        keys.append(keyspace.link_session(slot, ""))
        keys.append(keyspace.elements_session(slot, ""))
    return keys


def _found(verdicts: type[V], reply: list[object]) -> Found[V]:
    """Name a script's reply `[verdict, now, flat fields?, wait ms?]`."""
    flat = cast("list[str]", reply[2]) if len(reply) > 2 else []  # noqa: PLR2004  # as above
    fields = dict(zip(flat[::2], flat[1::2], strict=True))
    return Found(
        verdicts(str(reply[0])),
        int(cast("int", reply[1])),
        ElementsSession.of(fields) if fields else None,
        int(cast("str", reply[3])) if len(reply) > 3 else 0,  # noqa: PLR2004  # as above
    )
