"""One-time codes in Redis: one script or command a method, safe to repeat.

All methods raise `StoreUnavailable` where Redis does not answer.
"""

from collections.abc import Awaitable, Collection
from typing import Final, cast

from redis.asyncio import Redis

from link_api.auth.codes import redis_keys as own
from link_api.auth.codes.records import (
    AskOutcome,
    CodeBounds,
    CodeCaller,
    CodePlace,
    CodeSeed,
    CountedAt,
    EnteredCode,
    EnterOutcome,
    Entry,
    Full,
    MessageCode,
)
from link_kernel.limits.limit import Limit
from link_kernel.redis.connection import store_failures
from link_kernel.redis.scripts import LuaScripts

_HOUR_S: Final = 60 * 60
_HOUR_MS: Final = _HOUR_S * 1000
_PACKAGE: Final = "link_api.auth.codes"
_VERSION: Final = " version"


class RedisCodes:
    """Codes, tries and allowances of each contact; neither a code nor a contact is stored."""

    def __init__(self, redis: Redis, bounds: CodeBounds) -> None:
        """Take the shared Redis and the limits of sending and trying codes."""
        self._redis = redis
        self._scripts = LuaScripts(redis, _PACKAGE)
        self._bounds = bounds

    async def ask(
        self,
        place: CodePlace,
        caller: CodeCaller,
        *,
        call: str,
        new: CodeSeed,
        held: Collection[int],
    ) -> MessageCode | Full:
        """Count a message and return its code, or the limit that holds it back.

        The code is the one of the last minutes where there is one of a secret version that is
        `held`, else `new`. `call` is new for each request. Unless the contact was proved, the
        message gives no tries before `give_tries`.
        """
        bounds = self._bounds
        reply = await self._scripts.run(
            "ask_for_message",
            [
                own.codes(place.contact_mac, place.binding),
                own.messages(place.contact_mac),
                own.proved_networks(place.contact_mac),
                own.strangers(place.contact_mac),
                own.code_keys(place.contact_mac),
            ],
            [
                *(call, new.nonce, new.secret_version),
                *(caller.asker, caller.network, caller.site),
                *(bounds.life_ms, bounds.same_code_ms, bounds.tries, bounds.tries_of_others),
                *(bounds.known_daily, bounds.stranger_hourly, bounds.strangers_at_once),
                *(bounds.strangers_refill_ms, bounds.proof_ms),
                f" {' '.join(map(str, held))} ",
            ],
        )
        if AskOutcome(str(reply[0])) is AskOutcome.LIMITED:
            wait_ms, name, calls, window_ms = reply[2:]
            limit = Limit(str(name), _whole(calls), _whole(window_ms) // 1000)
            return Full(limit, _whole(wait_ms))
        nonce, version, life_ms, next_ms, proved = reply[2:]
        return MessageCode(
            CodeSeed(str(nonce), _whole(version)),
            expires_in_ms=_whole(life_ms),
            ask_again_in_ms=_whole(next_ms),
            was_proved=bool(_whole(proved)),
        )

    async def was_proved(self, place: CodePlace) -> bool:
        """Tell whether the contact was proved anywhere within 90 days."""
        with store_failures():
            return bool(await self._redis.exists(own.proved_networks(place.contact_mac)))

    async def forget_networks(self, contact_mac: str, *, after_ms: int) -> None:
        """Forget where a contact was proved, no later than after this time."""
        key = own.proved_networks(contact_mac)
        with store_failures():
            if await self._redis.pttl(key) > after_ms:
                await self._redis.pexpire(key, after_ms)

    async def take_back(self, place: CodePlace, *, call: str) -> None:
        """Undo an `ask` whose message another limit refused: it counts nowhere."""
        await self._scripts.run(
            "take_message_back",
            [
                own.codes(place.contact_mac, place.binding),
                own.messages(place.contact_mac),
                own.strangers(place.contact_mac),
            ],
            [call, self._bounds.life_ms, self._bounds.strangers_refill_ms],
        )

    async def return_unsent(self, place: CodePlace, *, call: str) -> bool:
        """Give back what a message took whose sender failed; its code stays good.

        Returns whether no other message went out to the contact within the last hour.
        """
        reply = await self._scripts.run(
            "return_message",
            [
                own.codes(place.contact_mac, place.binding),
                own.messages(place.contact_mac),
                own.strangers(place.contact_mac),
            ],
            [call, self._bounds.strangers_refill_ms, self._bounds.tries],
        )
        return _whole(reply[2]) == 0

    async def give_tries(self, place: CodePlace, *, call: str, counted_at: CountedAt) -> None:
        """Let the message of an `ask` be answered, once no other limit can refuse it any more.

        Where it was counted is noted, for whoever proves the contact, at whatever network.
        """
        bounds = self._bounds
        await self._scripts.run(
            "give_tries",
            [
                own.codes(place.contact_mac, place.binding),
                own.messages(place.contact_mac),
                own.counted_at(place.contact_mac),
            ],
            [
                *(call, bounds.life_ms, bounds.tries, bounds.tries_of_others),
                *(f"{counted_at.network} {counted_at.site}", bounds.kept_networks),
            ],
        )

    async def seeds(self, place: CodePlace) -> tuple[CodeSeed, ...]:
        """Return what the codes under a binding are computed from, spent and ended ones too."""
        key = own.codes(place.contact_mac, place.binding)
        with store_failures():
            fields = await cast("Awaitable[dict[str, str]]", self._redis.hgetall(key))
        return tuple(
            CodeSeed(name.removesuffix(_VERSION), int(value))
            for name, value in fields.items()
            if name.endswith(_VERSION)
        )

    async def enter(self, place: CodePlace, caller: CodeCaller, entered: EnteredCode) -> Entry:
        """Spend a code for an idempotency key, or take a try of each code it was compared with."""
        bounds = self._bounds
        reply = await self._scripts.run(
            "enter_code",
            [
                own.codes(place.contact_mac, place.binding),
                own.messages(place.contact_mac),
                own.proved_networks(place.contact_mac),
                own.strangers(place.contact_mac),
                own.wrong_tries(place.contact_mac),
                own.spent_code(place.contact_mac, entered.key_hash),
                own.counted_at(place.contact_mac),
                own.code_keys(place.contact_mac),
            ],
            [
                *(entered.call, caller.asker, caller.network, caller.site),
                *(bounds.life_ms, bounds.strangers_refill_ms),
                *(bounds.proof_ms, bounds.kept_networks),
                *(bounds.tries_daily, bounds.tries_of_strangers_daily),
                *(bounds.tries_of_others_daily, bounds.tries),
                "" if entered.right is None else entered.right.nonce,
                *(seed.nonce for seed in entered.compared),
            ],
        )
        outcome, _, nonce, version, first, *places = reply
        return Entry(
            EnterOutcome(str(outcome)),
            CodeSeed(str(nonce), _whole(version or 0)),
            is_first_proof=bool(_whole(first)),
            counted_at=tuple(CountedAt(*str(text).split(" ")) for text in places),
        )


def _whole(number: object) -> int:
    return int(cast("str", number))
