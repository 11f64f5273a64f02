"""One setting says which headers describe the client's request; a call with both is denied."""

from collections.abc import AsyncIterator
from typing import Final

import pytest
from aiohttp import ClientResponse
from hypothesis import example, given
from hypothesis import strategies as st
from multidict import CIMultiDict
from yarl import URL

from elements_bridge.http.forward_auth import path_of_original_url
from elements_bridge.keyring import KeyringFile
from link_kernel.errors import InsufficientScope
from tests.support.clients.bridge_client import refusal, settings_for
from tests.support.clients.internal_client import (
    RESOURCE,
    RunningBridge,
    running_both_listeners,
    signed_in,
)
from tests.support.frame_key import FrameKey
from tests.support.link_login import LinkLogin
from tests.support.time_machine import MovableClock

PATH: Final = URL(RESOURCE).raw_path
FORWARDED: Final = (("X-Forwarded-Method", "GET"), ("X-Forwarded-Uri", f"{PATH}?page=1"))
ORIGINAL: Final = (("X-Original-Method", "GET"), ("X-Original-URL", f"{RESOURCE}?page=1"))
SENT: Final = {"forwarded": FORWARDED, "original": ORIGINAL}
OTHER: Final = {"forwarded": ORIGINAL, "original": FORWARDED}


@pytest.fixture(params=SENT)
def named(request: pytest.FixtureRequest) -> str:
    """The setting."""
    found: str = request.param
    return found


@pytest.fixture
async def listeners(
    named: str, redis_url: str, keyring: KeyringFile, clock: MovableClock
) -> AsyncIterator[RunningBridge]:
    """A bridge behind a gateway that sends these headers."""
    settings = settings_for(redis_url, keyring, forward_auth_headers=named)
    async with running_both_listeners(settings, clock) as found:
        yield found


@pytest.fixture
async def credentials(listeners: RunningBridge, login: LinkLogin) -> tuple[tuple[str, str], ...]:
    """The token and the proof of a customer's call."""
    key = FrameKey()
    token = (await signed_in(listeners, login, key=key))["access_token"]
    proof = key.proof(RESOURCE, method="GET", token=token)
    return ("Authorization", f"DPoP {token}"), ("DPoP", proof)


async def ask(listeners: RunningBridge, *headers: tuple[str, str]) -> ClientResponse:
    """Authorize with these headers, in this order."""
    return await listeners.http.get("/authorize", headers=CIMultiDict(headers))


async def missing(answer: ClientResponse) -> str:
    """Return what a denial calls missing."""
    assert (403, "INSUFFICIENT_SCOPE") == await refusal(answer)
    found: str = (await answer.json())["error"]["details"]["missing"]
    return found


async def test_the_named_headers_describe_the_request(
    listeners: RunningBridge, named: str, credentials: tuple[tuple[str, str], ...]
) -> None:
    assert (await ask(listeners, *SENT[named], *credentials)).status == 200

    method, address = SENT[named]
    elsewhere = [
        [(method[0], "DELETE"), address],
        [method, (address[0], address[1].replace("addresses", "sessions"))],
    ]
    for described in elsewhere:
        answer = await ask(listeners, *described, *credentials)
        assert (401, "INVALID_DPOP_PROOF") == await refusal(answer)


async def test_attack_50_the_other_headers_alone_describe_nothing(
    listeners: RunningBridge, named: str, credentials: tuple[tuple[str, str], ...]
) -> None:
    answer = await ask(listeners, *OTHER[named], *credentials)
    assert "configuration" == await missing(answer)


@pytest.mark.parametrize("one", [0, 1])
async def test_attack_50_whoever_adds_the_other_headers_is_denied(
    listeners: RunningBridge, named: str, credentials: tuple[tuple[str, str], ...], one: int
) -> None:
    """They come from a client, or from a gateway of which the setting knows nothing."""
    name, value = OTHER[named][one]
    for added in ((name, value), (name.lower(), ""), (name.upper(), "x, y")):
        for headers in ([*SENT[named], added], [added, *SENT[named]]):
            assert "configuration" == await missing(await ask(listeners, *headers, *credentials))


async def test_each_header_comes_once(
    listeners: RunningBridge, named: str, credentials: tuple[tuple[str, str], ...]
) -> None:
    for doubled in SENT[named]:
        answer = await ask(listeners, *SENT[named], doubled, *credentials)
        assert "configuration" == await missing(answer)
    for name, value in SENT[named]:
        others = [header for header in SENT[named] if header[0] != name]
        plain = value.partition("?")[0]
        for listed in (f"{plain}, {plain}", f"{plain},{plain}", f"{plain},", "", " "):
            answer = await ask(listeners, *others, (name, listed), *credentials)
            assert (listed, answer.status) in {(listed, 401), (listed, 403)}


def of_gateways(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """Return level and cause of what the log says of gateways."""
    lines = [one for one in caplog.records if one.msg == "gateway_misconfigured"]
    return [(one.levelname, one.__dict__["detail"]) for one in lines]


async def test_what_any_client_can_send_is_its_own_fault_and_no_gateways(
    listeners: RunningBridge, named: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It needs no credential, and to sign in anew helps nobody."""
    method, address = SENT[named]
    odd_address = [(address[0], f"{address[1]}{odd}") for odd in ("\xe9", '{"a": 1}')]
    if named == "original":
        odd_address += [(address[0], f"https://{host}{PATH}") for host in ("a?b", "u@h", "")]
    cases = [("plain_url", (method, odd)) for odd in odd_address]
    cases += [
        ("plain_method", ((method[0], odd), address)) for odd in ("A" * 25, "M-SEARCH", "get")
    ]
    for expected, headers in cases:
        answer = await ask(listeners, *headers)
        assert expected == await missing(answer)
        assert "fix_integration" == (await answer.json())["error"]["action"]
    assert [] == of_gateways(caplog)


async def test_a_gateways_fault_is_told_once_however_many_calls_meet_it(
    listeners: RunningBridge, named: str, caplog: pytest.LogCaptureFixture
) -> None:
    method, address = SENT[named]
    for headers in ((method,), (method, (address[0], "link")), (method, address, address)) * 3:
        answer = await ask(listeners, *headers)
        assert "configuration" == await missing(answer)
        assert "fix_integration" == (await answer.json())["error"]["action"]
    assert [("ERROR", address[0])] == of_gateways(caplog)


HOSTS: Final = (
    *("link.cimplify.io", "LINK.Cimplify.IO", "link.cimplify.io.", "link", "127.0.0.1", "a_b.c"),
    *("[::1]", "[2001:DB8::7]", "[::ffff:127.0.0.1]"),
)
SEGMENT: Final = st.from_regex(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,8}", fullmatch=True)
PLAIN_PATHS: Final = st.builds(
    lambda segments, end: "".join(f"/{one}" for one in segments) + end,
    st.lists(SEGMENT, max_size=4),
    st.sampled_from(["", "/"]),
).map(lambda path: path or "/")
QUERIES: Final = st.from_regex(r"(\?[\x21-\x7e]{0,20})?", fullmatch=True)


@given(
    scheme=st.sampled_from(["http", "https"]),
    host=st.sampled_from(HOSTS),
    port=st.sampled_from(["", ":80", ":443", ":8443", ":65535"]),
    path=PLAIN_PATHS,
    query=QUERIES,
)
def test_the_path_of_a_url_is_what_stands_there(
    scheme: str, host: str, port: str, path: str, query: str
) -> None:
    """Whatever the query says; the host is not asked, since the client chooses it."""
    assert path == path_of_original_url(f"{scheme}://{host}{port}{path}{query}")


ODD: Final = (
    # Where the host ends, parsers disagree: nginx lets all of these stand in `Host`.
    *("https://me@link.cimplify.io/x", "https://me:secret@link.cimplify.io/x", "https://a@b@c/x"),
    *("https://h?/x", "https://h#/x", "https://h?y/x", "https://h\\x/x", "https://h;x/x"),
    *("https://h:/x", "https://h:80:80/x", "https://h:-1/x", "https://h:123456/x", "https://:80/x"),
    *("https:///x", "https://[::1/x", "https://::1/x", "https://[]/x", "https://[::1]x/x"),
    *("https://h%2f/x", "https://h, https://h/x", "https://hé/x", "https://h /x"),
    # No URL of http, or no path.
    *(
        "",
        "/",
        "/x",
        "//h/x",
        "h/x",
        "https:/x",
        "https:x",
        "ftp://h/x",
        "HTTPS://h/x",
        "wss://h/x",
    ),
    *(
        "https://h",
        "https://h?x=/y",
        " https://h/x",
        "https://h/x ",
        "https://h/x\n",
        "https://h/\t",
    ),
)
ODD_PATHS: Final = (
    *("//", "//x", "/x//y", "/x//", "/.", "/..", "/./x", "/../x", "/x/.", "/x/..", "/x/../y"),
    *("/.x", "/%2e", "/%2E%2e/x", "/x%2fy", "/x%2Fy", "/%78", "/x%00", "/x%", "/x%252e", "/x;y=1"),
    *("/x#y", "/x\\y", "/x,y", "/x:y", "/x@y", "/x y", "/x\ty", "/\xe9", "/x|y", "/x'y", '/x"y'),
)


@pytest.mark.parametrize("url", [*ODD, *(f"https://h{path}" for path in ODD_PATHS)])
def test_what_two_readers_may_read_in_two_ways_is_denied(url: str) -> None:
    with pytest.raises(InsufficientScope):
        path_of_original_url(url)


@given(st.text() | st.builds("https://{}{}".format, st.text(max_size=12), st.text(max_size=12)))
@example("https://[::1]/x?https://other/y")
def test_no_text_is_read_as_another_path_than_everyone_reads(text: str) -> None:
    try:
        path = path_of_original_url(text)
    except InsufficientScope:
        return
    assert text.partition("?")[0].endswith(path)
    assert path == URL(text).raw_path == URL(text, encoded=True).raw_path
    assert URL(text).user is URL(text).password is None


async def test_a_call_is_for_its_path_at_whichever_host(
    redis_url: str, keyring: KeyringFile, clock: MovableClock, login: LinkLogin
) -> None:
    """As with `X-Forwarded-Uri`: a proof names one of the two configured origins, never `Host`."""
    settings = settings_for(redis_url, keyring, forward_auth_headers="original")
    async with running_both_listeners(settings, clock) as found:
        key = FrameKey()
        token = (await signed_in(found, login, key=key))["access_token"]
        for url, status in {
            f"http://checkout.internal:8443{PATH}": 200,
            f"https://LINK.cimplify.io{PATH}?x=/../": 200,
            f"https://[::1]{PATH}": 200,
            f"{RESOURCE}/": 401,
            f"https://link.cimplify.io/v1//link/addresses{PATH}": 403,
        }.items():
            proof = key.proof(RESOURCE, method="GET", token=token)
            answer = await ask(
                found,
                *(("X-Original-Method", "GET"), ("X-Original-URL", url)),
                *(("Authorization", f"DPoP {token}"), ("DPoP", proof)),
            )
            assert (url, answer.status) == (url, status)
            if status == 403:
                assert "plain_path" == await missing(answer)
