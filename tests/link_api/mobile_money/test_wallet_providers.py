"""A provider has one spelling, and a number is accepted only if it is one of that provider."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from link_api.mobile_money.contract import CreateMobileMoneyRequest
from link_api.mobile_money.providers import (
    PROVIDER_OF,
    PROVIDERS,
    SPELLINGS,
    Provider,
    ProviderName,
    parse_provider,
    parse_wallet_number,
)
from link_kernel.errors import ValidationFailed

NOISE = st.text(" -_\t\u00a0\u2011\u2013", max_size=3)


@pytest.mark.parametrize(
    ("typed", "name", "provider"),
    [
        ("mtn", "mtn", "mtn"),
        ("MTN MoMo", "mtn", "mtn"),
        ("vodafone", "vodafone", "vod"),
        ("Telecel Cash", "telecel", "vod"),
        ("vod", "telecel", "vod"),
        ("airtel", "airtel", "atl"),
        ("Airtel-Tigo", "airteltigo", "atl"),
        ("AT Money", "airteltigo", "atl"),
        ("tigo_cash", "airteltigo", "atl"),
        ("M-Pesa", "mpesa", "mpesa"),
        ("MPESA", "mpesa", "mpesa"),
    ],
)
def test_what_a_provider_was_ever_called_is_taken(
    typed: str, name: ProviderName, provider: Provider
) -> None:
    """And becomes a name that customers know, of one provider."""
    assert parse_provider(typed) == name
    assert PROVIDER_OF[name] == provider


@given(st.sampled_from(SPELLINGS), st.data())
def test_noise_changes_no_provider(spelling: str, data: st.DataObject) -> None:
    """Case, spaces, dashes and underscores, anywhere."""
    letters = [data.draw(st.sampled_from([c.lower(), c.upper()])) for c in spelling]
    noisy = data.draw(NOISE) + "".join(c + data.draw(NOISE) for c in letters)

    assert parse_provider(noisy) == parse_provider(spelling)


@given(st.sampled_from(SPELLINGS))
def test_normalising_twice_changes_nothing(spelling: str) -> None:
    """So what a client was shown may be sent back."""
    assert parse_provider(parse_provider(spelling)) == parse_provider(spelling)


@given(st.text(max_size=20))
def test_anything_else_is_refused_by_the_name_of_its_field(typed: str) -> None:
    """Or is one of the six."""
    try:
        provider = parse_provider(typed)
    except ValidationFailed as refused:
        assert refused.details == {"fields": ["provider"]}  # noqa: PT017  # either may happen
    else:
        assert provider in PROVIDER_OF


def test_no_spelling_is_of_two_providers() -> None:
    named = [names for rules in PROVIDERS.values() for names in rules.spellings.values()]
    assert len(SPELLINGS) == sum(map(len, named))
    assert set(PROVIDER_OF) == set(get_args(ProviderName))
    assert set(PROVIDERS) <= set(SPELLINGS)


def test_the_schema_lists_what_is_accepted() -> None:
    """A client may check against it before it asks."""
    schema = TypeAdapter(CreateMobileMoneyRequest).json_schema()

    assert schema["properties"]["provider"]["enum"] == list(SPELLINGS)
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize(
    ("provider", "typed", "e164"),
    [
        ("mtn", "024 123 4567", "+233241234567"),
        ("mtn", "+225 05 01 02 03 04", "+2250501020304"),
        ("vod", "(020) 123-4567", "+233201234567"),
        ("atl", "00233 27 123 4567", "+233271234567"),
        ("mpesa", "0712 345678", "+254712345678"),
        ("mpesa", "+254 112 345 678", "+254112345678"),
    ],
)
def test_a_number_has_one_spelling(provider: Provider, typed: str, e164: str) -> None:
    """One that names no country is of the provider's first, where no other has such a number."""
    assert parse_wallet_number(typed, provider) == e164
    assert parse_wallet_number(e164, provider) == e164


@pytest.mark.parametrize(
    ("provider", "typed", "reason"),
    [
        ("mtn", "030 212 3456", "not_mobile"),
        ("mtn", "+254712345678", "country_not_served"),
        ("mtn", "254712345678", "country_not_served"),
        ("mtn", "+225 27 21 23 45 67", "not_mobile"),
        ("mtn", "060 123 4567", "unknown_range"),
        ("vod", "+2250501020304", "country_not_served"),
        ("atl", "+447700900123", "unknown_range"),
        ("mpesa", "0241234567", "unknown_range"),
        ("mpesa", "020 2123456", "not_mobile"),
        ("mtn", "024-MTN-MOMO", "not_a_number"),
        ("mtn", "0241234567 ext. 5", "not_a_number"),
        ("mtn", "0800 12345", "not_mobile"),
        ("mtn", "+999 24 123 4567", "unknown_country"),
        ("mtn", "024 123 45678", "too_long"),
        ("mtn", "12", "too_short"),
        ("mtn", "", "not_a_number"),
        ("mtn", "+", "not_a_number"),
        ("mtn", "0501234567", "country_required"),
        ("mtn", "054 123 4567", "country_required"),
        ("mtn", "0701234567", "country_required"),
    ],
)
def test_what_is_no_mobile_number_of_the_providers_countries_is_refused(
    provider: Provider, typed: str, reason: str
) -> None:
    """By the name of its field, with the reason."""
    with pytest.raises(ValidationFailed) as refused:
        parse_wallet_number(typed, provider)

    assert refused.value.details == {
        "fields": ["phone_number"],
        "reasons": {"phone_number": reason},
    }


@pytest.mark.parametrize(
    ("provider", "typed", "country", "e164"),
    [
        ("mtn", "0501234567", "GH", "+233501234567"),
        ("mtn", "0501234567", "CI", "+2250501234567"),
        ("mtn", "0241234567", "GH", "+233241234567"),
        ("mtn", "+233 50 123 4567", "CI", "+233501234567"),
        ("vod", "0501234567", None, "+233501234567"),
    ],
)
def test_a_country_beside_a_number_says_whose_it_is(
    provider: Provider, typed: str, country: str | None, e164: str
) -> None:
    """A code in the number goes before it, and a provider of one country needs none."""
    assert parse_wallet_number(typed, provider, country) == e164


@pytest.mark.parametrize(
    ("country", "field", "reason"),
    [
        ("ZZ", "country", "unknown_country"),
        ("KE", "phone_number", "country_not_served"),
        ("CI", "phone_number", "unknown_range"),
    ],
)
def test_a_country_that_does_not_fit_is_refused(country: str, field: str, reason: str) -> None:
    with pytest.raises(ValidationFailed) as refused:
        parse_wallet_number("0244 000 000" if country == "CI" else "0712345678", "mtn", country)

    assert refused.value.details == {"fields": [field], "reasons": {field: reason}}


@given(st.sampled_from(sorted(PROVIDERS)), st.text(max_size=32))
def test_any_text_is_a_number_or_refused(provider: Provider, typed: str) -> None:
    """And a number's own spelling is its own."""
    try:
        e164 = parse_wallet_number(typed, provider)
    except ValidationFailed as refused:
        assert (refused.details or {})["fields"] == ["phone_number"]  # noqa: PT017  # either
    else:
        assert parse_wallet_number(e164, provider) == e164


@given(st.integers(0, 10**7 - 1))
def test_every_number_of_a_mobile_range_is_taken(subscriber: int) -> None:
    """However it is grouped."""
    digits = f"{subscriber:07}"
    typed = f"024 {digits[:3]} {digits[3:]}"

    assert parse_wallet_number(typed, "mtn") == f"+23324{digits}"
