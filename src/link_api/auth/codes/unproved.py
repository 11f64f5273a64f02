"""Bounds on contacts that nobody proved: of one network, and of the whole deployment.

Who proves a contact takes it, and the messages to it, out of them. All methods raise
`StoreUnavailable` where Redis does not answer, and may be repeated.
"""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Literal, cast

from redis.asyncio import Redis

from link_api.auth.codes import redis_keys as own
from link_api.auth.codes.records import CodeBounds, CountedAt, Full
from link_kernel.limits.limit import Limit
from link_kernel.observability.security_events import SecurityEvent, SecurityLog
from link_kernel.redis.connection import store_failures
from link_kernel.redis.scripts import LuaScripts

_HOUR_S: Final = 60 * 60
_HOUR_MS: Final = _HOUR_S * 1000
_PACKAGE: Final = "link_api.auth.codes"
_LIMITED: Final = "limited"
_How = Literal["count", "look"]
_EVENTS: Final = {
    "near": SecurityEvent.OTP_HOURLY_NEAR,
    "full": SecurityEvent.OTP_HOURLY_FULL,
    "unproved": SecurityEvent.OTP_MOSTLY_UNPROVED,
}


@dataclass(frozen=True, slots=True)
class Unproved:
    """A contact nobody proved, and who asks: `network` (IPv4 address, /48), `site` (/24, /48)."""

    contact_mac: str
    is_phone: bool
    network: str
    site: str

    @property
    def counted_at(self) -> CountedAt:
        """Where a message that this caller asks for counts."""
        return CountedAt(self.network, self.site)


class RedisUnproved:
    """Counts contacts and messages to them; each count is a partition of its own."""

    def __init__(self, redis: Redis, bounds: CodeBounds, security_log: SecurityLog) -> None:
        """Take the shared Redis, the limits, and the log that tells operators of them."""
        self._redis = redis
        self._scripts = LuaScripts(redis, _PACKAGE)
        self._bounds = bounds
        self._security_log = security_log

    async def find_full(self, asking: Unproved, *, call: str) -> Full | None:
        """Return the limit that would refuse a message now; nothing is counted."""
        full = await self._admit_message(asking, call, "look") if asking.is_phone else None
        return full or await self._admit_contact(asking, "look")

    async def admit(self, asking: Unproved, *, call: str) -> Full | None:
        """Count a message, or return the limit that is used up; a refused one counts nowhere."""
        full = await self._admit_message(asking, call, "count") if asking.is_phone else None
        if full is None:
            full = await self._admit_contact(asking, "count")
            if full is not None:
                await self.take_message_back(asking, call=call)
        return full

    async def take_message_back(self, asking: Unproved, *, call: str) -> None:
        """Count a message no longer: another limit refused it, or its sender failed."""
        if asking.is_phone:
            await self._scripts.run(
                "take_unproved_back", [own.MESSAGES_UNPROVED, *_counted(asking)], [call]
            )

    async def take_contact_back(self, asking: Unproved) -> None:
        """Count a contact no longer: no message went out to it."""
        with store_failures():
            await self._redis.zrem(own.contacts_asked(asking.network), asking.contact_mac)

    async def release(self, proved: Unproved, counted_at: Collection[CountedAt]) -> None:
        """Count a contact, and the messages to it, no longer: it was proved.

        `counted_at` is what its codes noted. The prover's own network is released besides: the
        release before notes nothing.
        """
        places = {proved.counted_at, *counted_at}
        with store_failures():
            await asyncio.gather(
                *(
                    self._redis.zrem(own.contacts_asked(network), proved.contact_mac)
                    for network in {place.network for place in places}
                )
            )
        if proved.is_phone:
            sites = sorted({own.messages_of_site(place.site) for place in places})
            await self._scripts.run(
                "release_phone",
                [
                    *(own.MESSAGES_UNPROVED, own.MESSAGES_PROVED),
                    *(own.messages_to_phone(proved.contact_mac), *sites),
                ],
                [_HOUR_MS],
            )

    async def _admit_message(self, asking: Unproved, call: str, how: _How) -> Full | None:
        bounds = self._bounds
        reply = await self._scripts.run(
            "admit_message",
            [
                *(own.MESSAGES_UNPROVED, own.MESSAGES_PROVED),
                *(*_counted(asking), own.TOLD_EVENTS),
            ],
            [call, bounds.messages_hourly, bounds.site_hourly, _HOUR_MS, how],
        )
        outcome, _, wait_ms, name, calls, *events = (cast("str", part) for part in reply)
        for event in events:
            self._security_log.report(_EVENTS[event])
        if outcome != _LIMITED:
            return None
        return Full(Limit(name, int(calls), _HOUR_S), int(wait_ms))

    async def _admit_contact(self, asking: Unproved, how: _How) -> Full | None:
        most = self._bounds.contacts_hourly
        reply = await self._scripts.run(
            "admit_contact",
            [own.contacts_asked(asking.network)],
            [asking.contact_mac, most, _HOUR_MS, how],
        )
        outcome, _, wait_ms = (cast("str", part) for part in reply)
        if outcome != _LIMITED:
            return None
        return Full(Limit("otp_contacts", most, _HOUR_S), int(wait_ms))


def _counted(unproved: Unproved) -> tuple[str, str]:
    return own.messages_of_site(unproved.site), own.messages_to_phone(unproved.contact_mac)
