"""An issuer of access tokens as `JwksCache` meets it: what it publishes, and who asks."""

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
    """Return the document that publishes the keys of all of them."""
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
        """Answer at once until told otherwise."""
        self.answers.set()

    async def fetch(self) -> FetchedJwks:
        """Answer as the source of a `JwksCache`."""
        self.asked += 1
        await self.answers.wait()
        if self.body is None:
            raise UpstreamUnavailable("away")
        return FetchedJwks(self.body, self.max_age_s)


@dataclass
class Counted:
    """A source, and how often it was asked."""

    source: JwksSource
    asked: int = 0

    async def fetch(self) -> FetchedJwks:
        """Count, then ask."""
        self.asked += 1
        return await self.source.fetch()
