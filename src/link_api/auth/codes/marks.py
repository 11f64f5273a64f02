"""Marks of where a contact was proved, for whoever has it to see and to have deleted.

A mark is the MAC of a /24 or /48 under the index key: whoever has key and store can compute the
network back. All methods raise `StoreUnavailable` where Redis does not answer.
"""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Self, cast

from redis.asyncio import Redis

from link_api.auth.codes import redis_keys as own
from link_api.auth.codes.records import CodeBounds
from link_api.auth.codes.service import contact_mac
from link_api.spelling.contacts import Contact
from link_kernel.keys.secret_ring import SecretRing
from link_kernel.redis.scripts import LuaScripts

_PACKAGE: Final = "link_api.auth.codes"


@dataclass(frozen=True, slots=True)
class Marks:
    """How many networks are marked for a contact, and its first and last proof there (epoch ms)."""

    count: int
    first_at: int | None
    last_at: int | None

    @classmethod
    def of(cls, instants: Collection[int]) -> Self:
        """Return the marks that were made at these instants."""
        return cls(len(instants), min(instants, default=None), max(instants, default=None))


class ContactMarks:
    """Counts and deletes what the store keeps of a contact under its names."""

    def __init__(self, redis: Redis, bounds: CodeBounds, secrets: SecretRing) -> None:
        """Take the Redis of the codes, how long a mark counts, and the keys of names."""
        self._scripts = LuaScripts(redis, _PACKAGE)
        self._proof_ms = bounds.proof_ms
        self._secrets = secrets

    def names_of(self, contact: Contact) -> tuple[str, ...]:
        """Return what the contact is named by in the store, under each key that may name it."""
        return tuple(
            contact_mac(self._secrets, named_by, contact) for named_by in self._secrets.naming
        )

    async def count(self, contact: Contact) -> Marks:
        """Return the marks of a contact."""
        found = await asyncio.gather(*(self._instants(name) for name in self.names_of(contact)))
        return Marks.of([instant for instants in found for instant in instants])

    async def forget(self, names: Collection[str]) -> None:
        """Delete the marks and the codes of the contacts of these names; may be repeated."""
        await asyncio.gather(
            *(
                self._scripts.run(
                    "forget_contact", [own.code_keys(name), own.proved_networks(name)], []
                )
                for name in names
            )
        )

    async def forget_codes(self, contact: Contact) -> None:
        """Delete the codes of a contact, spent ones too, and leave its marks; may be repeated."""
        await asyncio.gather(
            *(
                self._scripts.run("forget_contact", [own.code_keys(name)], [])
                for name in self.names_of(contact)
            )
        )

    async def _instants(self, name: str) -> list[int]:
        reply = await self._scripts.run(
            "count_marks", [own.proved_networks(name)], [self._proof_ms]
        )
        return [int(instant) for instant in cast("list[str]", reply[2])]
