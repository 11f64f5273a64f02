"""A link session as the main auth service writes it, without that service."""

import secrets
import time
from dataclasses import dataclass

from redis.asyncio import Redis
from redis.typing import EncodableT

from link_kernel.ids import new_id
from link_kernel.redis import keys as redis_keys

_THIRTY_DAYS_MS = 30 * 24 * 3600 * 1000
_HOUR_MS = 3600 * 1000


@dataclass(frozen=True)
class LinkLogin:
    """A customer's login and its bearer token."""

    customer_id: str
    link_session_id: str
    token: str

    @property
    def key(self) -> str:
        """The key whose absence ends the login."""
        return redis_keys.link_session(self.customer_id, self.link_session_id)


async def log_in(
    redis: Redis, *, customer_id: str | None = None, lives_ms: int = _THIRTY_DAYS_MS
) -> LinkLogin:
    """Write a login to the shared store."""
    login = LinkLogin(
        customer_id or new_id("cus"), new_id("lses"), f"lnk_{secrets.token_urlsafe(32)}"
    )
    now = time.time_ns() // 1_000_000
    fields: dict[EncodableT, EncodableT] = {
        "id": login.link_session_id,
        "customer_id": login.customer_id,
        "account_id": new_id("acc"),
        "contact_masked": "•••• 4567",
        "amr": "otp",
        "created_at": now,
        "last_used_at": now,
        "expires_at": now + lives_ms,
    }
    await redis.hset(login.key, mapping=fields)
    await redis.pexpire(login.key, lives_ms)
    index = redis_keys.session_index(login.customer_id)
    await redis.zadd(index, {login.link_session_id: now + lives_ms})
    await redis.pexpire(index, lives_ms)
    await redis.set(
        redis_keys.link_token(login.token),
        f"{login.customer_id} {login.link_session_id}",
        px=min(_HOUR_MS, lives_ms),
    )
    return login
