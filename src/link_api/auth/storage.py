"""Link sessions in Redis: one script or command a method, safe to repeat.

All methods raise `StoreUnavailable` where Redis does not answer.
"""

import asyncio
from collections.abc import Awaitable
from typing import Final, cast

from redis.asyncio import Redis

from link_api.auth.records import (
    NewLinkSession,
    OpenCodeOutcome,
    OpenLinkSession,
    PresentedRefresh,
    RotateLinkOutcome,
)
from link_api.customers.service import Customer
from link_kernel.redis import keys as redis_keys
from link_kernel.redis.connection import store_failures
from link_kernel.redis.scripts import LuaScripts
from link_kernel.sessions.records import SessionKey
from link_kernel.sessions.store import KEEP_ENDED_MS, SessionStore

LINK_SESSION_LIFE_MS: Final = 30 * 24 * 60 * 60_000
_PACKAGE: Final = "link_api.auth"
_AMR: Final = "otp"


class RedisLinkSessions:
    """Link sessions and their `lnk_`, as docs/protocol.md#redis-keys lays them out."""

    def __init__(self, redis: Redis) -> None:
        """Take the Redis that the bridge reads too."""
        self._redis = redis
        self._shared = SessionStore(redis)
        self._scripts = LuaScripts(redis, _PACKAGE)

    async def create(self, new: NewLinkSession) -> tuple[OpenCodeOutcome, OpenLinkSession | None]:
        """Create a session unless it exists or was ended; a repeat returns the existing one."""
        customer, caller = new.customer, new.caller
        fields = {
            "customer_id": customer.id,
            "account_id": customer.account_id,
            "contact_masked": new.contact_masked,
            "amr": _AMR,
            "user_agent": caller.user_agent,
            "ip": caller.truncated_address,
            "origin": caller.origin,
            "key_hash": new.key_hash,
            "secret_version": str(new.secret_version),
        }
        flat = [part for pair in fields.items() for part in pair]
        creation = self._scripts.run(
            "create_link_session",
            _keys(customer.id, new.id),
            [new.id, LINK_SESSION_LIFE_MS, *flat],
        )
        address = SessionKey(new.id, customer.id)
        noted = self._shared.note_partition(address, life_ms=LINK_SESSION_LIFE_MS)
        _, reply = await asyncio.gather(noted, creation)
        return OpenCodeOutcome(str(reply[0])), _session(reply)

    async def rotate(
        self, presented: PresentedRefresh
    ) -> tuple[RotateLinkOutcome, OpenLinkSession | None]:
        """Apply the refresh rule; by body a reused token ends its session."""
        reply = await self._scripts.run(
            "rotate_link_session",
            _keys(presented.customer_id, presented.link_session_id),
            [
                presented.link_session_id,
                presented.generation,
                presented.key_hash,
                presented.secret_version,
                KEEP_ENDED_MS,
                "cookie" if presented.by_cookie else "body",
                presented.caller.origin,
                presented.caller.truncated_address,
                presented.caller.user_agent,
            ],
        )
        return RotateLinkOutcome(str(reply[0])), _session(reply)

    async def find_login(self, customer_id: str, link_session_id: str) -> tuple[int, str] | None:
        """Return the secret version and the origin of a login; `None` if it has ended."""
        key = redis_keys.link_session(customer_id, link_session_id)
        with store_failures():
            version, origin = await cast(
                "Awaitable[list[str | None]]",
                self._redis.hmget(key, ["secret_version", "origin"]),
            )
        return None if version is None else (int(version), origin or "")

    async def put_token(self, link_token: str, session: OpenLinkSession, *, life_ms: int) -> None:
        """Make a `lnk_` valid for a session for `life_ms` from now."""
        with store_failures():
            await self._redis.set(
                redis_keys.link_token(link_token), f"{session.customer.id} {session.id}", px=life_ms
            )

    async def forget_token(self, link_token: str) -> None:
        """Make a `lnk_` invalid."""
        with store_failures():
            await self._redis.delete(redis_keys.link_token(link_token))


def _keys(customer_id: str, link_session_id: str) -> list[str]:
    return [
        redis_keys.link_session(customer_id, link_session_id),
        redis_keys.ended_link_session(customer_id, link_session_id),
        redis_keys.session_index(customer_id),
    ]


def _session(reply: list[object]) -> OpenLinkSession | None:
    """Read a script's reply `[outcome, now, flat fields?]`."""
    flat = cast("list[str]", reply[2]) if len(reply) > 2 else []  # noqa: PLR2004  # an optional part of the reply
    if not flat:
        return None
    fields = dict(zip(flat[::2], flat[1::2], strict=True))
    return OpenLinkSession(
        id=fields["id"],
        customer=Customer(fields["customer_id"], fields["account_id"]),
        generation=int(fields["generation"]),
        secret_version=int(fields["secret_version"]),
        origin=fields["origin"],
        expires_at=int(fields["expires_at"]),
        now=int(cast("int", reply[1])),
    )
