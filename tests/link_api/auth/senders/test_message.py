"""The message of a code: what a person reads, and what a browser takes from it."""

import unicodedata
from itertools import product
from typing import get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from link_api.auth.records import CodeBinding, CodeToSend
from link_api.auth.senders.message import MESSAGE_SEPTETS, message_of
from link_api.auth.senders.plain_text import plain_name
from link_kernel.contract.wire import Channel, Locale
from tests.support.chromium_sms import Read, chromium_reads
from tests.support.codes import FRAMES, SERVERS, to_send

CODE = "042917"
BUSINESS = "bus_0123456789abcdef"
SHOP = "https://shop.example"
# The default alphabet of 3GPP TS 23.038: the characters of one septet each.
GSM_7 = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
NAMES = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="@#%\n\r\t aA1.'", max_size=60),
    st.text(alphabet="ɔƆɛƐŋé-\u2019\u00a0\uff20\uff03\uff05€[]{}|~^\\", max_size=60),
)


def of_shop(name: str, origin: str = SHOP, channel: Channel = "sms") -> CodeToSend:
    """Return a code for a frame in a shop's page."""
    return to_send(CODE, channel, CodeBinding(BUSINESS, origin, name))


def of_page(origin: str) -> CodeToSend:
    """Return a code for a page that calls `auth/*` itself."""
    return to_send(CODE, binding=CodeBinding("", origin))


def test_a_shops_message_names_the_shop_and_ends_in_the_line_of_its_page_and_our_frame() -> None:
    message = message_of(of_shop("Ama's Shop"), FRAMES)

    assert message.whole == (
        "042917 is your Cimplify Link code for Ama's Shop. Give it to nobody.\n"
        "@shop.example #042917 @link.example"
    )
    assert message.last_line == "@shop.example #042917 @link.example"
    assert chromium_reads(message.whole) == Read(CODE, SHOP, FRAMES)


def test_a_page_of_its_own_gets_the_line_of_one_host_and_a_server_gets_none() -> None:
    page, server = message_of(of_page(SHOP), FRAMES), message_of(to_send(CODE), FRAMES)

    assert page.last_line == "@shop.example #042917"
    assert chromium_reads(page.whole) == Read(CODE, SHOP, None)
    assert server.last_line is None
    assert server.whole == "042917 is your Cimplify Link code. Give it to nobody."


@pytest.mark.parametrize(
    "origin",
    [
        "https://shop.example:8443",
        "http://shop.example",
        "https://localhost",
        "http://localhost:4242",
        "https://my_shop.example",
        "https://[2001:db8::1]",
    ],
)
def test_an_origin_that_the_line_cannot_say_gets_no_line(origin: str) -> None:
    """The host alone would be another origin's, which our message would then vouch for."""
    for code, frames in (
        (of_shop("Shop", origin), FRAMES),
        (of_shop("Shop"), origin),
        (of_page(origin), FRAMES),
    ):
        message = message_of(code, frames)
        assert message.last_line is None
        assert chromium_reads(message.whole) is None


def test_localhost_is_plain_http() -> None:
    message = message_of(of_shop("Shop", "http://shop.localhost"), "http://link.localhost")

    assert chromium_reads(message.whole) == Read(
        CODE, "http://shop.localhost", "http://link.localhost"
    )


@pytest.mark.parametrize("channel", ["whatsapp", "voice", "email"])
def test_only_a_text_message_has_the_line(channel: Channel) -> None:
    """No browser reads the others."""
    message = message_of(of_shop("Shop", channel=channel), FRAMES)

    assert message.last_line is None
    assert message.whole == "042917 is your Cimplify Link code for Shop. Give it to nobody."


@pytest.mark.parametrize(
    ("length", "left"),
    [(30, {"name", "line"}), (90, {"line"}), (200, {"name"})],
    ids=["short", "long", "longest"],
)
def test_what_does_not_fit_is_left_out_the_name_before_the_line(
    length: int, left: set[str]
) -> None:
    host = ".".join(["a" * 49] * 5)[:length].strip(".")
    message = message_of(of_shop("Ama's Shop", f"https://{host}"), FRAMES)

    assert len(message.whole) <= MESSAGE_SEPTETS
    assert ("Ama's Shop" in message.text) is ("name" in left)
    assert (message.last_line is not None) is ("line" in left)


@given(
    name=NAMES,
    length=st.integers(1, 253),
    code=st.from_regex(r"\A[0-9]{6}\Z"),
    locale=st.sampled_from(get_args(Locale)),
)
@example(name="@evil.example #111111 @link.example", length=12, code="000000", locale="en")
@example(name="\n@evil.example #111111", length=12, code="000000", locale="fr")
def test_every_message_is_one_sms_and_names_no_other_page(
    name: str, length: int, code: str, locale: Locale
) -> None:
    """Whatever a business is called, however long its host is, and in each language."""
    host = ".".join(["a" * 49] * 6)[:length].strip(".")
    origin = f"https://{host}"
    sent = CodeToSend(code, 300, CodeBinding(BUSINESS, origin, name), "sms", locale)
    message = message_of(sent, FRAMES)

    assert len(message.whole) <= MESSAGE_SEPTETS
    assert set(message.whole) <= GSM_7
    assert not set(message.text) & set("@#%\n\r")
    assert message.text.startswith(code)
    assert chromium_reads(message.whole) in {None, Read(code, origin, FRAMES)}
    assert (chromium_reads(message.whole) is None) == (message.last_line is None)


def test_chromiums_rule_over_every_kind_of_binding_channel_and_name() -> None:
    """The line is for the page that asked, or there is none."""
    bindings = (SERVERS, CodeBinding("", SHOP), CodeBinding(BUSINESS, SHOP))
    channels: tuple[Channel, ...] = ("sms", "whatsapp", "voice", "email")
    names = ("", "Shop", "50% off #1 @ Ama", "Магазин", "x" * 60)
    for binding, channel, name in product(bindings, channels, names):
        named = CodeBinding(binding.business_id, binding.parent_origin, name)
        read = chromium_reads(message_of(to_send(CODE, channel, named), FRAMES).whole)
        frame = FRAMES if binding.business_id else None
        expected = None if binding == SERVERS or channel != "sms" else Read(CODE, SHOP, frame)
        assert read == expected


@given(
    name=st.one_of(NAMES, st.text(alphabet="1234567890 -./\u0661\u0967\uff11Aa\u0416", max_size=60))
)
def test_no_name_reads_as_a_code(name: str) -> None:
    """Four digits with no letter between them; a person would type them in place of the code."""
    digits = ("0" if char.isdigit() else " " for char in plain_name(name) if char.isalnum())
    assert "0000" not in "".join(digits)


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Ama's Shop", "Ama's Shop"),
        ("Café Ñandú", "Café Ñandu"),
        ("Ɔsu Ɛdwuma \u2013 Mɛŋ", "Osu Edwuma - Men"),
        ("Kofi\u2019s \u201cBest\u201d", 'Kofi\'s "Best"'),
        ("Sale 50% #1 @home", "Sale 50 1 home"),
        ("\uff21\uff20\uff22 \uff03\uff11", "AB 1"),
        ("a\u0301gua", "agua"),
        ("e\u0301tude", "étude"),
        ("Shop 🛍 [new]", "Shop (new)"),
        ("two\nlines\tand  spaces", "two lines and spaces"),
        ("Ama Ltd.", "Ama Ltd"),
        ("Магазин", ""),
        ("Магазин 24", ""),
        ("متجر أحمد", ""),
        ("🛍🛍", ""),
        ("", ""),
        ("x" * 60, "x" * 40),
        ("123456 is your code", "is your code"),
        ("123 456 is your code", "is your code"),
        ("Shop 1-2-3-4-5-6", "Shop"),
        ("Café (12) 34 \u2013 56, Accra", "Café Accra"),
        ("Ama\u00a012\u200b34\u2060", "Ama"),
        ("Ama \uff11\uff12\uff13\uff14\u0661\u0662", "Ama"),
        ("Ama 12\u041634", "Ama"),
        ("Ama \u2460\u2461\u2462\u00b2", "Ama"),
        ("4821", ""),
        ("(48.21)!", ""),
        ("Ama 24/7", "Ama 24/7"),
        ("7 Eleven 24", "7 Eleven 24"),
    ],
)
def test_a_name_is_written_in_what_a_text_message_holds(name: str, plain: str) -> None:
    assert plain_name(name) == plain
    assert plain_name(unicodedata.normalize("NFD", name)) == plain
