"""A fake issuer of access tokens for `JwksCache`: the published keys, and a count of fetches."""

import asyncio
import json
from dataclasses import dataclass, field

from elements_bridge.keyring import Keyring, new_keyring_file
from link_kernel.errors import UpstreamUnavailable
from link_kernel.keys.jwks_cache import FetchedJwks, JwksSource


def new_keyring() -> Keyring:
    """Return a keyring with one signing key."""
    return Keyring.of(new_keyring_file())


def jwks_of(*keyrings: Keyring) -> bytes:
    """Return the JWK set with the keys of these keyrings."""
    return json.dumps({"keys": [jwk for ring in keyrings for jwk in ring.jwks()["keys"]]}).encode()


@dataclass
class Issuer:
    """Publishes `body`; `None` stands for one that is away. Answers wait while `answers` is unset.

    `asked` is how often somebody asked.
    """

    body: bytes | None
    max_age_s: int | None = 300
    asked: int = 0
    answers: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        """Answer at once, until a test clears `answers`."""
        self.answers.set()

    async def fetch(self) -> FetchedJwks:
        """Return the published set, as the source of a `JwksCache`."""
        self.asked += 1
        await self.answers.wait()
        if self.body is None:
            raise UpstreamUnavailable("away")
        return FetchedJwks(self.body, self.max_age_s)


@dataclass
class Counted:
    """A source of keys that counts its fetches."""

    source: JwksSource
    asked: int = 0

    async def fetch(self) -> FetchedJwks:
        """Count the fetch, then fetch."""
        self.asked += 1
        return await self.source.fetch()
