"""Confirmations: what a customer may do once, having entered a code for it (decision 0050).

A session alone, and a copied bearer with it, may not add or remove a contact, nor export or close
the account: a code has to be entered that went to a contact which the customer has, for that
purpose and that session. Whoever entered it gets a secret, which the confirmed call presents; Redis
holds its hash alone.
"""

from enum import StrEnum
from typing import Final, Literal, cast

from redis.asyncio import Redis

from link_api.auth.codes import redis_keys
from link_api.auth.records import CodePurpose, CodeUse
from link_api.customers.service import CustomerRecord
from link_api.errors import ConfirmationRequired
from link_kernel.ids import sha256_hex
from link_kernel.redis.connection import store_failures
from link_kernel.redis.scripts import LuaScripts

CONFIRMED_FOR_MS: Final = 10 * 60_000
"""As long as a code lives: that of a new contact may come late."""
# The entry of a code, and the call that used its confirmation, may be repeated after that.
_KEPT_MS: Final = 2 * CONFIRMED_FOR_MS

_PACKAGE: Final = "link_api.auth"


class _Outcome(StrEnum):
    CONFIRMED = "confirmed"
    MISSING = "missing"


class Confirmations:
    """The confirmations of customers' sessions in Redis. All methods raise `StoreUnavailable`."""

    def __init__(self, redis: Redis) -> None:
        """Take the shared Redis."""
        self._redis = redis
        self._scripts = LuaScripts(redis, _PACKAGE)

    async def make(
        self, customer_id: str, use: CodeUse, *, confirmation: str, contact_id: str
    ) -> None:
        """Note that a code was entered which went to this contact, and what secret it gave.

        A second time changes nothing: a code confirms once.
        """
        await self._scripts.run(
            "confirm",
            [_key(customer_id, use)],
            [sha256_hex(confirmation), contact_id, CONFIRMED_FOR_MS, _KEPT_MS],
        )

    async def consume(
        self, customer_id: str, use: CodeUse, unverified_confirmation: str, *, call: str
    ) -> str:
        """Use up a confirmation, and return the id of the contact whose code it was.

        `call` names the call (`WriteRequest.call_hash`): the same one may be repeated after a
        failure. Raises `ConfirmationRequired`.
        """
        return await self._find(customer_id, use, unverified_confirmation, "use", call)

    async def require(
        self, customer_id: str, use: CodeUse, unverified_confirmation: str, *, call: str = ""
    ) -> str:
        """Return the id of the contact of a confirmation, and leave it unused.

        One that this call has used counts too. Raises `ConfirmationRequired`.
        """
        return await self._find(customer_id, use, unverified_confirmation, "look", call)

    async def note_asked(self, customer_id: str, use: CodeUse, contact_id: str) -> None:
        """Note to which contact a code was sent, for as long as the code lives."""
        with store_failures():
            await self._redis.set(_asked(customer_id, use), contact_id, px=CONFIRMED_FOR_MS)

    async def find_asked(self, customer_id: str, use: CodeUse) -> str | None:
        """Return the id of the contact to which the newest code was sent, if there is one."""
        with store_failures():
            return cast("str | None", await self._redis.get(_asked(customer_id, use)))

    async def _find(
        self,
        customer_id: str,
        use: CodeUse,
        unverified_confirmation: str,
        how: Literal["use", "look"],
        call: str,
    ) -> str:
        reply = await self._scripts.run(
            "use_confirmation",
            [_key(customer_id, use)],
            [sha256_hex(unverified_confirmation), call, how],
        )
        if _Outcome(str(reply[0])) is _Outcome.MISSING:
            raise ConfirmationRequired(use.purpose, details={"purpose": use.purpose})
        return str(reply[1])


def require_staying(customer: CustomerRecord, contact_id: str, purpose: CodePurpose) -> None:
    """Return if the contact whose code confirmed a purpose stays the customer's.

    One that is being removed, or has gone meanwhile, may be in another's hands. Raises
    `ConfirmationRequired`.
    """
    if not customer.stays(contact_id):
        raise ConfirmationRequired("confirmed by one that leaves", details={"purpose": purpose})


def _key(customer_id: str, use: CodeUse) -> str:
    return redis_keys.confirmations(customer_id, f"{use.purpose}:{use.session_id}")


def _asked(customer_id: str, use: CodeUse) -> str:
    return redis_keys.asked_contact(customer_id, f"{use.purpose}:{use.session_id}")
