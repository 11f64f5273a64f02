"""Origin matching: vectors shared by matcher, CSP and browser code, and property tests."""

import json
import re
from pathlib import Path
from typing import Final, Literal, get_args

import ada_url
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from elements_bridge.businesses.allow_list import AllowList, frame_ancestors
from elements_bridge.businesses.entries import EntryError, OriginEntry
from link_kernel.errors import OriginMalformed, OriginNotAllowed
from link_kernel.origin import Origin
from link_kernel.sessions.records import Mode

_CLOSED: Final = ConfigDict(extra="forbid", frozen=True)
_MODES: Final[tuple[Mode, ...]] = get_args(Mode)


class _Presented(BaseModel):
    model_config = _CLOSED

    text: str
    verdict: Literal["ok", "malformed", "not_allowed"]
    why: str


class _Entry(BaseModel):
    model_config = _CLOSED

    text: str
    mode: Mode
    verdict: Literal["ok", "refused"]
    canonical: str | None = None
    why: str


class _Match(BaseModel):
    model_config = _CLOSED

    entry: str
    mode: Mode
    origin: str
    admits: bool
    why: str


class _Vectors(BaseModel):
    model_config = _CLOSED

    presented: tuple[_Presented, ...]
    entries: tuple[_Entry, ...]
    matches: tuple[_Match, ...]


_FILE: Final = Path(__file__).parents[2] / "vectors" / "origins.json"
VECTORS: Final = _Vectors.model_validate(json.loads(_FILE.read_text("utf-8")))
_CANONICAL: Final = [
    (entry.canonical, entry.mode) for entry in VECTORS.entries if entry.canonical is not None
]

_words = st.sampled_from(["shop", "a", "b-c", "xn--exmple-cua", "localhost", "com", "co.uk"])
_hosts = st.lists(_words, min_size=1, max_size=5).map(".".join)
_ports = st.one_of(st.just(""), st.integers(0, 70000).map(lambda port: f":{port}"))
_origin_texts = st.builds(
    lambda scheme, host, port: f"{scheme}://{host}{port}",
    st.sampled_from(["https", "http"]),
    _hosts,
    _ports,
)
_entry_texts = st.builds(
    lambda star, text: text.replace("://", f"://{star}"),
    st.sampled_from(["", "*."]),
    _origin_texts,
)
_crooked = st.lists(
    st.one_of(
        _words,
        st.sampled_from(list("./:*@\\%?#[]-_;,'\" \t\n\r\0\u3002\uff0e\u00df\u00e4\u0430\uff10")),
        st.characters(),
    )
).map("".join)
_any_text = st.one_of(
    st.text(), _origin_texts, _crooked, _crooked.map("https://{}".format), _crooked.map(str.upper)
)


def _parsed(text: str) -> Origin | None:
    try:
        return Origin.parse_header(text)
    except (OriginMalformed, OriginNotAllowed):
        return None


def _entry(text: str, mode: Mode) -> OriginEntry | None:
    try:
        return OriginEntry.parse(text, mode=mode)
    except EntryError:
        return None


@pytest.mark.parametrize("vector", VECTORS.presented, ids=lambda v: f"{v.text!a}-{v.why}"[:90])
def test_a_presented_origin_has_the_verdict_of_its_vector(vector: _Presented) -> None:
    """Attacks 16, 17 and 24."""
    match vector.verdict:
        case "ok":
            assert Origin.parse_header(vector.text).text == vector.text
        case "malformed":
            with pytest.raises(OriginMalformed):
                Origin.parse_header(vector.text)
        case "not_allowed":
            with pytest.raises(OriginNotAllowed):
                Origin.parse_header(vector.text)


@pytest.mark.parametrize("vector", VECTORS.entries, ids=lambda v: f"{v.mode}-{v.text!a}"[:90])
def test_an_entry_has_the_verdict_of_its_vector(vector: _Entry) -> None:
    """Attacks 18, 20 and 21: the merchant is told why, in one printable sentence."""
    if vector.verdict == "ok":
        assert OriginEntry.parse(vector.text, mode=vector.mode).text == vector.canonical
        return
    with pytest.raises(EntryError) as refused:
        OriginEntry.parse(vector.text, mode=vector.mode)
    reason = str(refused.value)
    assert reason.endswith("."), "the reason is a sentence"
    assert reason.isprintable()
    assert len(reason) < 500


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("good.com\\@evil.com", "backslash"),
        ("user@shop.com", "@"),
        ("https://sh\top.example", "U\\+0009"),
        ("https://sho\u200bp.example", "U\\+200B"),
        ("https://shop..example", "empty label"),
        ("https://shop.example/cart", "path"),
        ("shop.com:", "scheme included"),
        ("https://a.*.com", "wildcard"),
        ("https://*.co.uk", "under co.uk"),
        ("https://0x7f.1", "read this host as 127.0.0.1"),
        ("http://shop.example", "https"),
    ],
)
def test_a_refusal_names_what_to_change(text: str, said: str) -> None:
    """The merchant's developer reads the cause, not just that it failed."""
    with pytest.raises(EntryError, match=said):
        OriginEntry.parse(text, mode="live")


@pytest.mark.parametrize(
    "vector", VECTORS.matches, ids=lambda v: f"{v.entry!a}-{v.origin}-{v.mode}"
)
def test_a_list_admits_what_its_vector_says(vector: _Match) -> None:
    """Attacks 16, 18 and 19; an entry that is refused admits nothing even where it is stored."""
    entry = _entry(vector.entry, vector.mode)
    stored = vector.entry if entry is None else entry.text
    allowed = AllowList([stored], mode=vector.mode)

    assert allowed.admits(Origin.parse_header(vector.origin)) is vector.admits


@pytest.mark.parametrize(
    "vector", VECTORS.matches, ids=lambda v: f"{v.entry!a}-{v.origin}-{v.mode}"
)
def test_the_csp_says_what_the_list_says(vector: _Match) -> None:
    """Attack 25: browsers, reading the CSP, come to the verdict of the vector."""
    entry = _entry(vector.entry, vector.mode)
    allowed = AllowList([entry.text] if entry else [], mode=vector.mode)
    origin = Origin.parse_header(vector.origin)

    written = frame_ancestors(origin if allowed.admits(origin) else None)

    assert written == (vector.origin if vector.admits else "'none'")


@pytest.mark.parametrize(("canonical", "mode"), _CANONICAL)
def test_a_canonical_entry_is_its_own_spelling(canonical: str, mode: Mode) -> None:
    """Reading a stored entry back gives the same entry."""
    assert OriginEntry.parse(canonical, mode=mode).text == canonical
    assert AllowList([canonical], mode=mode).ignored == ()


@pytest.mark.parametrize(("canonical", "mode"), _CANONICAL)
def test_what_an_entry_names_is_admitted(canonical: str, mode: Mode) -> None:
    """The origin spelt in an entry, or one below its wildcard, gets in."""
    named = Origin.parse_header(canonical.replace("*.", "some.sub."))
    assert AllowList([canonical], mode=mode).admits(named)


@pytest.mark.parametrize(
    "stored",
    [
        "https://Shop.example",
        "https://shop.example/",
        "https://*.com",
        "*",
        "",
        "https://*",
        "null",
    ],
)
def test_a_stored_entry_that_is_not_canonical_admits_nothing(stored: str) -> None:
    """Whatever writes the store cannot widen a list beyond what the CLI accepts."""
    allowed = AllowList([stored, "https://good.example"], mode="live")

    assert allowed.ignored == (stored,)
    assert not allowed.admits(Origin.parse_header("https://shop.example"))
    assert not allowed.admits(Origin.parse_header("https://shop.com"))
    assert allowed.admits(Origin.parse_header("https://good.example"))


def test_an_empty_list_admits_nobody() -> None:
    """A business without entries cannot be embedded."""
    assert not AllowList([], mode="live").admits(Origin.parse_header("https://shop.example"))


@given(_any_text)
@example("https://shop.com\n")
@example("\ud800")
def test_an_accepted_origin_is_what_a_browser_would_send(text: str) -> None:
    """The URL standard's parser gives back the very text."""
    origin = _parsed(text)
    if origin is not None:
        assert origin.text == text
        assert ada_url.URL(text).origin == text


@given(_any_text)
def test_no_accepted_origin_can_leave_its_place_in_a_header_or_csp(text: str) -> None:
    """No space, quote, comma, semicolon or line end gets through."""
    origin = _parsed(text)
    written = frame_ancestors(origin)
    if origin is None:
        assert written == "'none'"
    else:
        assert re.fullmatch(r"https?://[a-z0-9._:\[\]-]+", written)


@given(_any_text, st.sampled_from(_MODES))
@example("\ud800", "live")
def test_any_text_is_an_entry_in_its_own_spelling_or_refused(text: str, mode: Mode) -> None:
    """No text crashes the parser; parsing is idempotent; the named origin gets in."""
    entry = _entry(text, mode)
    if entry is not None:
        assert OriginEntry.parse(entry.text, mode=mode) == entry
        assert entry.text.isascii()
        named = _parsed(entry.text.replace("*.", "sub."))
        assert named is not None
        assert AllowList([entry.text], mode=mode).admits(named)


@given(_any_text)
def test_live_mode_accepts_no_entry_that_test_mode_refuses(text: str) -> None:
    """Test mode only widens what may be listed, and spells it alike."""
    if _entry(text, "live") is not None:
        assert _entry(text, "live") == _entry(text, "test")


def _admits_by_the_book(entries: list[str], origin: Origin) -> bool:
    """The rule of docs/protocol.md#origins, slowly: scheme, port and labels one by one."""
    asked = ada_url.URL(origin.text)
    for text in entries:
        listed = ada_url.URL(text.replace("*.", "star."))
        if (listed.protocol, listed.port) != (asked.protocol, asked.port):
            continue
        labels, own = asked.hostname.split("."), listed.hostname.split(".")
        if "*." in text:
            own = own[1:]
            if len(labels) > len(own) and labels[-len(own) :] == own:
                return True
        elif labels == own:
            return True
    return False


@given(st.lists(_entry_texts, max_size=4), _origin_texts, st.sampled_from(_MODES))
def test_matcher_csp_and_the_book_agree(entries: list[str], text: str, mode: Mode) -> None:
    """Attack 25 on generated lists: constant-time matcher, CSP and a plain reading agree."""
    stored = [entry.text for raw in entries if (entry := _entry(raw, mode)) is not None]
    origin = _parsed(text)
    if origin is None:
        return
    admitted = AllowList(stored, mode=mode).admits(origin)

    assert admitted is _admits_by_the_book(stored, origin)
    assert (frame_ancestors(origin if admitted else None) == text) is admitted
