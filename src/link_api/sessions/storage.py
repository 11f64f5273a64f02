"""Reads a customer's sessions in Redis, all in the customer's own partition."""

from typing import Any, Literal, cast

from redis.asyncio import Redis

from link_api.sessions.service import LoginState, Session, SessionUse
from link_kernel.redis import keys as redis_keys
from link_kernel.redis.connection import store_failures
from link_kernel.redis.scripts import LuaScripts


class RedisSessions:
    """Reads sessions to list them. All methods raise `StoreUnavailable`."""

    def __init__(self, redis: Redis) -> None:
        """Take the Redis that the bridge writes too."""
        self._redis = redis
        self._scripts = LuaScripts(redis, "link_api.sessions")

    async def live(self, customer_id: str, *, most: int) -> list[Session]:
        """Return so many live logins and elements, the newest first, in one round trip."""
        reply = await self._scripts.run(
            "list_sessions",
            [
                redis_keys.session_index(customer_id),
                redis_keys.elements_session(customer_id, ""),
                redis_keys.link_session(customer_id, ""),
            ],
            [most, most],
        )
        return [_session(row) for row in cast("list[list[Any]]", reply[2])]

    async def find_login(self, customer_id: str, link_session_id: str) -> LoginState | None:
        """Return `live`, `ended` (within the last 15 minutes), or `None` for any other id."""
        with store_failures():
            if await self._redis.exists(redis_keys.link_session(customer_id, link_session_id)):
                return "live"
            note = redis_keys.ended_link_session(customer_id, link_session_id)
            return "ended" if await self._redis.exists(note) else None


def _session(row: list[Any]) -> Session:
    """Read a row of `list_sessions.lua`."""
    kind, session_id, created_at, last_used_at, expires_at, *rest, places = row
    user_agent, ip, origin, element, business_id = (text or None for text in rest)
    return Session(
        kind=cast("Literal['link', 'element']", kind),
        id=session_id,
        created_at=int(created_at),
        last_used_at=int(last_used_at),
        expires_at=int(expires_at),
        user_agent=user_agent,
        ip=ip,
        origin=origin,
        element=element,
        business_id=business_id,
        used_from=_uses(places),
    )


def _uses(flat: list[str]) -> tuple[SessionUse, ...]:
    """Read the places of a row, the newest first."""
    places = zip(flat[::3], flat[1::3], flat[2::3], strict=True)
    uses = (SessionUse(int(at), ip or None, agent or None) for at, ip, agent in places)
    return tuple(sorted(uses, key=lambda use: use.last_used_at, reverse=True))
