"""A call as it presents itself: nothing here is verified; `resource_guard` does that."""

import secrets
from dataclasses import dataclass, field
from typing import Final, Literal

# RFC 9110 section 9.2.1: what changes nothing may be sent again, so its proof is not used up.
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


@dataclass(frozen=True, slots=True)
class Credential:
    """What `Authorization` held."""

    scheme: Literal["bearer", "dpop"]
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ProtectedCall:
    """A call with a credential, unverified. `urls` are what a proof's `htu` may be."""

    credential: Credential
    unverified_proof: str | None = field(repr=False)
    method: str
    urls: frozenset[str]


def single_use() -> str:
    """Return what stands for a request that nothing names: its proof serves it once."""
    return secrets.token_hex()
