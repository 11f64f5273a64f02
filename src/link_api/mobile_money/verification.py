"""Whether a wallet's account exists is its provider's to say; who asks the provider is a setting.

The holder's name, which providers tell too, is neither kept nor shown: whoever types a stranger's
number would learn who they are.
"""

from typing import Final, Protocol

from link_api.errors import ProviderUnavailable
from link_api.mobile_money.providers import Provider

_ASK_AGAIN_S: Final = 300


class AccountResolver(Protocol):
    """Asks a provider about accounts."""

    async def resolve(self, provider: Provider, phone_number: str) -> None:
        """Return if the provider knows an account of this number, E.164.

        Raises `VerificationFailed` where it knows none, `ProviderUnavailable` where it cannot be
        asked or does not say.
        """
        ...


class NoResolver:
    """Stands where nothing is configured that could be asked."""

    async def resolve(self, _provider: Provider, _phone_number: str) -> None:
        """Raise `ProviderUnavailable`."""
        raise ProviderUnavailable("none configured", retry_after_s=_ASK_AGAIN_S)
