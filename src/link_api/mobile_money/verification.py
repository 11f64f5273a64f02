"""Interface of the resolver that verifies a wallet's account with its provider.

The account holder's name, which providers return too, is neither stored nor shown: a customer who
types a stranger's number must not learn the stranger's name.
"""

from typing import Final, Protocol

from link_api.errors import ProviderUnavailable
from link_api.mobile_money.providers import Provider

_ASK_AGAIN_S: Final = 300


class AccountResolver(Protocol):
    """Verifies accounts with their provider."""

    async def resolve(self, provider: Provider, phone_number: str) -> None:
        """Return if the provider knows an account of this number, E.164.

        Raises `VerificationFailed` where the provider knows none, `ProviderUnavailable` where it
        cannot be reached or gives no clear reply.
        """
        ...


class NoResolver:
    """The resolver of a deployment without a configured provider."""

    async def resolve(self, _provider: Provider, _phone_number: str) -> None:
        """Raise `ProviderUnavailable`."""
        raise ProviderUnavailable("none configured", retry_after_s=_ASK_AGAIN_S)
