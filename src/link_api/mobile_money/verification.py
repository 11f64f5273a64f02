"""Interface of the resolver that verifies a wallet's account with its provider.

The account holder's name, which providers return too, is neither stored nor shown: a customer who
types a stranger's number must not learn the stranger's name.
"""

from dataclasses import dataclass
from typing import Final, Protocol

from link_api.errors import ProviderUnavailable, VerificationFailed
from link_api.mobile_money.providers import Provider
from link_api.reserved.contacts import Outcome, ReservedContacts

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


@dataclass(frozen=True, slots=True)
class ReservedAccounts:
    """The resolver that plays the outcomes of reserved numbers, and asks `others` for the rest."""

    others: AccountResolver
    reserved: ReservedContacts

    async def resolve(self, provider: Provider, phone_number: str) -> None:
        """Return if the account exists; raises as `AccountResolver.resolve`, `ReservedContact`."""
        match self.reserved.outcome_of(phone_number):
            case None:
                await self.others.resolve(provider, phone_number)
            case Outcome.WALLET_UNKNOWN:
                raise VerificationFailed("a reserved number")
            case Outcome.WALLET_AWAY:
                raise ProviderUnavailable("a reserved number", retry_after_s=_ASK_AGAIN_S)
            case _:
                pass
