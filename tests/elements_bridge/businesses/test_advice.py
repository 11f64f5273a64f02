"""Advice for an origin that nearly matches an entry: one text for each kind, and no entry in it."""

import pytest

from elements_bridge.businesses import advice as origin_advice
from elements_bridge.businesses.advice import why_not_listed
from elements_bridge.businesses.allow_list import AllowList
from link_kernel.origin import Origin

SHOP = "https://shop.example"


CASES: list[tuple[list[str], str, str]] = [
    ([SHOP], "http://shop.example", "serve the page over https"),
    (["http://shop.localhost"], "https://shop.localhost", "list it with https too"),
    ([SHOP], "https://shop.example:8443", "listed with another port"),
    (["https://shop.example:8443"], SHOP, "listed with another port"),
    ([SHOP], "http://shop.example:3000", "another scheme and another port"),
    (["https://*.shop.example"], "http://a.shop.example", "serve the page over https"),
    (["https://*.shop.example"], "https://a.shop.example:1", "listed with another port"),
    ([SHOP], "https://www.shop.example", "list it with `www.` too"),
    (["https://www.shop.example"], SHOP, "list it without `www.` too"),
    (["https://*.shop.example"], SHOP, "not for the host itself"),
    (["https://*.shop.example", "https://www.shop.example"], SHOP, "not for the host itself"),
    ([SHOP], "https://shop.example.", "ends with a dot"),
    (["https://*.shop.example"], "https://a.shop.example.", "ends with a dot"),
    ([SHOP], "https://pay.shop.example", "A host above this one is listed"),
    (["https://Shop.example/"], SHOP, "is ignored"),
    (["https://shop.example:443"], SHOP, "is ignored"),
    (["https://*.Shop.example"], "https://a.shop.example", "is ignored"),
    (["http://shop.example"], "http://shop.example", "is ignored"),
    ([SHOP], "https://evil.example", "No entry"),
    ([SHOP], "https://shop.example.evil.example", "No entry"),
    ([SHOP], "https://evilshop.example", "No entry"),
    ([], SHOP, "No entry"),
    (["*"], SHOP, "No entry"),
    (["https://*.shop.example"], "http://127.0.0.1:3000", "No entry"),
    (["http://[::1]:3000"], "http://[::1]:4000", "listed with another port"),
]


@pytest.mark.parametrize(("entries", "origin", "words"), CASES)
def test_the_nearest_reason_is_named(entries: list[str], origin: str, words: str) -> None:
    allow_list = AllowList(entries, mode="test")
    presented = Origin.parse_header(origin)
    assert not allow_list.admits(presented)

    said = why_not_listed(presented, allow_list, "test")

    assert words in said
    for entry in entries:
        assert entry in {"*", "https://*.shop.example"} or entry not in said


def test_every_sentence_is_met_above() -> None:
    sentences = {
        value
        for name, value in vars(origin_advice).items()
        if name.isupper() and isinstance(value, str) and value.endswith(".") and " " in value
    }
    given = {
        why_not_listed(Origin.parse_header(origin), AllowList(entries, mode="test"), "test")
        for entries, origin, _ in CASES
    }
    assert sentences == given
