"""Mobile-money providers: normalised names and number rules (docs/protocol.md#link-api).

A number's prefix does not identify its provider: numbers are ported between networks.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import phonenumbers

from link_api.contacts import parse_phone
from link_kernel.errors import ValidationFailed

Provider = Literal["mtn", "vod", "atl", "mpesa"]


@dataclass(frozen=True, slots=True)
class ProviderRules:
    """A provider's label, the countries where it works, and the accepted spellings of its name.

    A number without country code is one of the first of `countries` (ISO 3166-1 alpha-2).
    """

    label: str
    countries: tuple[str, ...]
    spellings: frozenset[str]


PROVIDERS: Final[Mapping[Provider, ProviderRules]] = {
    "mtn": ProviderRules(
        "MTN",
        ("GH", "CI"),
        frozenset({"mtn", "mtnmomo", "mtnmobilemoney", "momo"}),
    ),
    "vod": ProviderRules(
        "Telecel",
        ("GH",),
        frozenset({"vod", "vodafone", "vodafonecash", "telecel", "telecelcash"}),
    ),
    "atl": ProviderRules(
        "AirtelTigo",
        ("GH",),
        frozenset({"atl", "airtel", "airtelmoney", "airteltigo", "airteltigomoney"})
        | frozenset({"at", "atmoney", "tgo", "tigo", "tigocash"}),
    ),
    "mpesa": ProviderRules("M-Pesa", ("KE",), frozenset({"mpesa", "safaricom"})),
}
WALLET_COUNTRIES: Final = frozenset(
    country for rules in PROVIDERS.values() for country in rules.countries
)
_BY_SPELLING: Final[Mapping[str, Provider]] = {
    spelling: provider for provider, rules in PROVIDERS.items() for spelling in rules.spellings
}
SPELLINGS: Final = tuple(sorted(_BY_SPELLING))
"""Every accepted spelling, without case, spaces, dashes and underscores, which do not count."""

_NOISE: Final = re.compile(r"[\s_\u2010-\u2015-]+")  # some keyboards insert typographic dashes
_MOBILE: Final = frozenset(
    {
        phonenumbers.PhoneNumberType.MOBILE,
        phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
    }
)


def parse_provider(text: str) -> Provider:
    """Return the normalised name of a provider, as payments spell it.

    Raises `ValidationFailed`, whose details name the field `provider`.
    """
    provider = _BY_SPELLING.get(_NOISE.sub("", text).casefold())
    if provider is None:
        raise ValidationFailed("unknown provider", details={"fields": ["provider"]})
    return provider


def parse_wallet_number(text: str, provider: Provider) -> str:
    """Return a wallet's number in E.164: a mobile number of a country where the provider works.

    Raises `ValidationFailed`, whose details name the field `phone_number`.
    """
    countries = PROVIDERS[provider].countries
    e164 = parse_phone(text, default_region=countries[0], field="phone_number")
    number = phonenumbers.parse(e164)
    is_of_provider = phonenumbers.region_code_for_number(number) in countries
    if not is_of_provider or phonenumbers.number_type(number) not in _MOBILE:
        raise ValidationFailed("no such wallet", details={"fields": ["phone_number"]})
    return e164
