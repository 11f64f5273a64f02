"""Finds the link session of a `lnk_` token: two keys in Redis, in two slots of a cluster."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final

from redis.asyncio import Redis

from link_kernel.redis import keys as redis_keys
from link_kernel.redis.any_client import execute_together
from link_kernel.redis.connection import store_failures
from link_kernel.sessions.records import LinkSession, SessionKey

_MOST_REMEMBERED: Final = 10_000


class Logins:
    """Reads logins. Where a token led to is remembered, and asked again with every call.

    So the session can be read in the same round trip as the token, without being trusted longer.
    """

    def __init__(self, redis: Redis) -> None:
        """Take the Redis that the main auth service also uses."""
        self._redis = redis
        # By the token's key, which holds its hash; the latest used is at the end.
        self._led_to: OrderedDict[str, SessionKey] = OrderedDict()

    async def find_key(self, unverified_link_token: str) -> SessionKey | None:
        """Return the key of the link session that a token was issued for, live or ended."""
        with store_failures():
            stored = await self._redis.get(redis_keys.link_token(unverified_link_token))
        return _session_key(stored)

    async def find(self, unverified_link_token: str) -> LinkSession | None:
        """Return the link session that a token was issued for, `None` if it has ended."""
        token_key = redis_keys.link_token(unverified_link_token)
        expected = self._led_to.get(token_key)
        if expected is None:
            session_key = await self.find_key(unverified_link_token)
        else:
            with store_failures():
                stored, fields = await execute_together(
                    self._redis, ("GET", token_key), ("HGETALL", _fields_key(expected))
                )
            session_key = _session_key(stored)
            if session_key == expected:
                self._led_to.move_to_end(token_key)
                return _link_session(fields)
        if session_key is None:
            self._led_to.pop(token_key, None)
            return None
        self._remember(token_key, session_key)
        with store_failures():
            return _link_session(await self._redis.hgetall(_fields_key(session_key)))

    def _remember(self, token_key: str, session_key: SessionKey) -> None:
        self._led_to[token_key] = session_key
        self._led_to.move_to_end(token_key)
        if len(self._led_to) > _MOST_REMEMBERED:
            self._led_to.popitem(last=False)


def _session_key(stored: object) -> SessionKey | None:
    """Return the session key that is stored for a token, as `<customer_id> <link_session_id>`."""
    if stored is None:
        return None
    customer_id, _, link_session_id = str(stored).partition(" ")
    return SessionKey(link_session_id, customer_id)


def _fields_key(session_key: SessionKey) -> str:
    return redis_keys.link_session(session_key.partition, session_key.session_id)


def _link_session(fields: Mapping[Any, Any]) -> LinkSession | None:
    return LinkSession.of(fields) if fields else None
