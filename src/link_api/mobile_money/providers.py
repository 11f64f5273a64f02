"""Mobile-money providers: names, short codes and number rules (docs/protocol.md#link-api).

A number's prefix does not identify its provider: numbers are ported between networks.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from link_api.spelling.phone_numbers import (
    Countries,
    NumberRefused,
    Purpose,
    country_of,
    dialled_at_home,
    is_valid_in,
    read_number,
)
from link_kernel.errors import ValidationFailed

Provider = Literal["mtn", "vod", "atl", "mpesa"]
"""A provider by the short code that payments know."""
ProviderName = Literal["mtn", "vodafone", "telecel", "airtel", "airteltigo", "mpesa"]
"""A provider by a name that customers know, of which one provider may have several."""


@dataclass(frozen=True, slots=True)
class ProviderRules:
    """A provider's label, the countries where it works, and the accepted spellings of its names.

    A number that names no country is one of the first of `countries` (ISO 3166-1 alpha-2), unless
    it is valid in another of them too. The first name is the one of today.
    """

    label: str
    countries: tuple[str, ...]
    spellings: Mapping[ProviderName, frozenset[str]]

    @property
    def name(self) -> ProviderName:
        """Return the provider's name of today."""
        return next(iter(self.spellings))


PROVIDERS: Final[Mapping[Provider, ProviderRules]] = {
    "mtn": ProviderRules(
        "MTN",
        ("GH", "CI"),
        {"mtn": frozenset({"mtn", "mtnmomo", "mtnmobilemoney", "momo"})},
    ),
    "vod": ProviderRules(
        "Telecel",
        ("GH",),
        {
            "telecel": frozenset({"vod", "telecel", "telecelcash"}),
            "vodafone": frozenset({"vodafone", "vodafonecash"}),
        },
    ),
    "atl": ProviderRules(
        "AirtelTigo",
        ("GH",),
        {
            "airteltigo": frozenset({"atl", "at", "atmoney", "airteltigo", "airteltigomoney"})
            | frozenset({"tgo", "tigo", "tigocash"}),
            "airtel": frozenset({"airtel", "airtelmoney"}),
        },
    ),
    "mpesa": ProviderRules("M-Pesa", ("KE",), {"mpesa": frozenset({"mpesa", "safaricom"})}),
}
WALLET_COUNTRIES: Final = frozenset(
    country for rules in PROVIDERS.values() for country in rules.countries
)
PROVIDER_OF: Final[Mapping[ProviderName, Provider]] = {
    name: provider for provider, rules in PROVIDERS.items() for name in rules.spellings
}
_BY_SPELLING: Final[Mapping[str, ProviderName]] = {
    spelling: name
    for rules in PROVIDERS.values()
    for name, spellings in rules.spellings.items()
    for spelling in spellings
}
SPELLINGS: Final = tuple(sorted(_BY_SPELLING))
"""Every accepted spelling, without case, spaces, dashes and underscores, which do not count."""

_NOISE: Final = re.compile(r"[\s_\u2010-\u2015-]+")  # some keyboards insert typographic dashes


def parse_provider(text: str) -> ProviderName:
    """Return the name of a provider that a customer chose, in one spelling.

    Raises `ValidationFailed`, whose details name the field `provider`.
    """
    name = _BY_SPELLING.get(_NOISE.sub("", text).casefold())
    if name is None:
        raise ValidationFailed("unknown provider", details={"fields": ["provider"]})
    return name


def parse_wallet_number(text: str, provider: Provider, country: str | None = None) -> str:
    """Return a wallet's number in E.164: a mobile number of a country where the provider works.

    `country` is what was said beside the number. Raises `ValidationFailed`, whose details name the
    field at fault and the reason.
    """
    served = PROVIDERS[provider].countries
    try:
        e164 = read_number(
            text,
            country=country,
            countries=Countries(served[0], frozenset(served[1:])),
            purpose=Purpose.MONEY,
        )
    except NumberRefused as refused:
        raise refused.of_field("phone_number") from None
    if country_of(e164) not in served:
        raise NumberRefused("country_not_served").of_field("phone_number")
    return e164


def require_one_country(e164: str, provider: Provider) -> None:
    """Raise `ValidationFailed` for a number that at home is dialled like another country's.

    Releases that knew no `country` read it as one of the provider's first country.
    """
    read_as, *others = PROVIDERS[provider].countries
    if country_of(e164) == read_as and is_valid_in(dialled_at_home(e164), others):
        raise NumberRefused("country_required").of_field("phone_number")
