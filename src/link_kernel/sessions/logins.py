"""Finds the link session of a `lnk_` token: two keys in Redis, in two slots of a cluster."""

import asyncio
from collections import OrderedDict
from typing import Final, cast

from redis.asyncio import Redis

from link_kernel.redis import keys as redis_keys
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
        return await self._read_token(redis_keys.link_token(unverified_link_token))

    async def find(self, unverified_link_token: str) -> LinkSession | None:
        """Return the link session that a token was issued for, `None` if it has ended."""
        token_key = redis_keys.link_token(unverified_link_token)
        expected = self._led_to.get(token_key)
        if expected is None:
            session_key = await self._read_token(token_key)
        else:
            session_key, session = await asyncio.gather(
                self._read_token(token_key), self._read_session(expected)
            )
            if session_key == expected:
                self._led_to.move_to_end(token_key)
                return session
        if session_key is None:
            self._led_to.pop(token_key, None)
            return None
        self._remember(token_key, session_key)
        return await self._read_session(session_key)

    async def _read_token(self, token_key: str) -> SessionKey | None:
        with store_failures():
            stored = await self._redis.get(token_key)
        if stored is None:
            return None
        customer_id, _, link_session_id = str(stored).partition(" ")
        return SessionKey(link_session_id, customer_id)

    async def _read_session(self, session_key: SessionKey) -> LinkSession | None:
        key = redis_keys.link_session(session_key.partition, session_key.session_id)
        with store_failures():
            fields = await self._redis.hgetall(key)
        return LinkSession.of(cast("dict[str, str]", fields)) if fields else None

    def _remember(self, token_key: str, session_key: SessionKey) -> None:
        self._led_to[token_key] = session_key
        self._led_to.move_to_end(token_key)
        if len(self._led_to) > _MOST_REMEMBERED:
            self._led_to.popitem(last=False)
