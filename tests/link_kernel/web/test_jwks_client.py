"""JWKS client: it fetches from the configured URL only, within bounds of time and size."""

import asyncio
import gzip
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiohttp import ClientTimeout, web
from yarl import URL

from link_kernel.errors import UpstreamUnavailable
from link_kernel.keys.jwks_cache import FetchedJwks, JwksCache
from link_kernel.web.jwks_client import MAX_BODY, HttpJwksSource, open_jwks_client
from tests.support.issuer import jwks_of, new_keyring
from tests.support.servers.production_server import ProductionTestServer
from tests.support.time_machine import MovableClock
from tests.support.waiting import until

KEYRING = new_keyring()
KID = KEYRING.signing_key.kid
BODY = jwks_of(KEYRING)

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Site:
    """A server that answers every path by the test's handler, and records the requests."""

    answer: Answer
    url: URL = field(default_factory=URL)
    seen: list[web.Request] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Record the request and answer it."""
        self.seen.append(request)
        return await self.answer(request)

    async def fetch(self, *bounds: ClientTimeout) -> FetchedJwks:
        """Fetch the set as a resource server does, with other time-outs if given."""
        async with open_jwks_client(*bounds) as client:
            return await HttpJwksSource(client, str(self.url)).fetch()


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[Site]:
    """Serve a site on a free port."""
    site, application = Site(answer), web.Application()
    application.router.add_get("/{path:.*}", site.handle)
    async with ProductionTestServer(application) as server:
        site.url = server.make_url("/jwks.json")
        yield site


def answering(
    body: bytes = BODY, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Answer:
    """Return a handler that always gives this response."""

    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=body, status=status, headers=headers)

    return answer


async def redirected(request: web.Request) -> web.Response:
    if request.path == "/jwks.json":
        raise web.HTTPFound("/elsewhere.json")
    return web.Response(body=BODY)


async def endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b" " * 4096)


async def broken_off(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": str(len(BODY))})
    await response.prepare(request)
    await response.write(BODY[:9])
    assert request.transport is not None
    request.transport.abort()
    return response


@pytest.mark.parametrize(
    ("headers", "max_age_s"),
    [
        ({}, None),
        ({"Cache-Control": "public, max-age=300"}, 300),
        ({"Cache-Control": "MAX-AGE=60,public"}, 60),
        ({"Cache-Control": "s-maxage=60"}, None),
        ({"Cache-Control": "max-age=-1"}, None),
        ({"Cache-Control": "max-age=٣"}, None),
        ({"Cache-Control": "max-age=" + "9" * 5000}, None),
        ({"Cache-Control": "max-age=300", "Age": "299"}, 1),
        ({"Cache-Control": "max-age=300", "Age": "soon"}, 300),
    ],
)
async def test_the_answer_is_handed_on_with_the_age_it_may_reach(
    headers: dict[str, str], max_age_s: int | None
) -> None:
    async with serving(answering(headers=headers)) as site:
        assert await site.fetch() == FetchedJwks(BODY, max_age_s)


@pytest.mark.parametrize(
    "answer",
    [
        *(answering(status=status) for status in (201, 304, 404, 429, 500, 503)),
        redirected,
        endless,
        broken_off,
        answering(b" " * (MAX_BODY + 1)),
    ],
)
async def test_any_other_answer_is_an_upstream_that_does_not_answer(answer: Answer) -> None:
    async with serving(answer) as site:
        with pytest.raises(UpstreamUnavailable):
            await site.fetch()
        assert [request.path for request in site.seen] == ["/jwks.json"]


async def test_a_body_of_64_kib_is_taken_whole() -> None:
    body = BODY + b" " * (MAX_BODY - len(BODY))
    async with serving(answering(body)) as site:
        assert (await site.fetch()).unverified_body == body


async def test_nothing_is_unpacked_so_no_small_answer_becomes_a_large_one(
    clock: MovableClock,
) -> None:
    packed = gzip.compress(BODY)
    async with serving(answering(packed, headers={"Content-Encoding": "gzip"})) as site:
        assert (await site.fetch()).unverified_body == packed
        async with (
            open_jwks_client() as client,
            JwksCache(HttpJwksSource(client, str(site.url)), clock) as keys,
        ):
            with pytest.raises(UpstreamUnavailable):
                await keys.keys_for(KID)
        assert site.seen[0].headers["Accept-Encoding"] == "identity"


async def test_a_server_that_hangs_or_is_gone_is_given_up_in_time() -> None:
    let_go = asyncio.Event()

    async def hang(request: web.Request) -> web.Response:
        await let_go.wait()
        return web.Response(body=BODY)

    async with serving(hang) as site:
        with pytest.raises(UpstreamUnavailable):
            await site.fetch(ClientTimeout(total=0.05))
        let_go.set()
    with pytest.raises(UpstreamUnavailable):
        await site.fetch()
    async with open_jwks_client() as client:
        assert (client.timeout.connect, client.timeout.total) == (1, 3)


async def test_the_environment_names_no_proxy_and_cookies_are_not_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    async with (
        serving(answering(headers={"Set-Cookie": "a=b"})) as site,
        open_jwks_client() as client,
    ):
        for _ in range(2):
            await HttpJwksSource(client, str(site.url)).fetch()
        assert "Cookie" not in site.seen[1].headers


@pytest.mark.parametrize("host", ["link.localhost", "localhost", "A.B.LocalHost"])
async def test_names_under_localhost_are_this_machine(host: str) -> None:
    async with serving(answering()) as site:
        site.url = site.url.with_host(host)
        assert (await site.fetch()).unverified_body == BODY
        assert site.seen[0].host.lower() == f"{host.lower()}:{site.url.port}"


async def test_a_name_that_does_not_exist_is_an_upstream_that_does_not_answer() -> None:
    with pytest.raises(UpstreamUnavailable):
        await Site(answering(), URL("https://notlocalhost.invalid/jwks.json")).fetch()


async def test_200_calls_while_the_issuer_takes_its_time_make_one_request(
    clock: MovableClock,
) -> None:
    let_go = asyncio.Event()

    async def slow(request: web.Request) -> web.Response:
        await let_go.wait()
        return web.Response(body=BODY)

    async with (
        serving(slow) as site,
        open_jwks_client() as client,
        JwksCache(HttpJwksSource(client, str(site.url)), clock) as keys,
    ):
        calls = [asyncio.create_task(keys.keys_for(KID)) for _ in range(200)]
        await until(lambda: len(site.seen) == 1)
        calls[0].cancel()
        let_go.set()
        _, *found = await asyncio.gather(*calls, return_exceptions=True)
        assert found == [KEYRING.public_keys] * 199
        assert len(site.seen) == 1


async def test_closing_during_a_fetch_leaves_nothing_behind(
    clock: MovableClock, caplog: pytest.LogCaptureFixture
) -> None:
    let_go = asyncio.Event()

    async def hang(request: web.Request) -> web.Response:
        await let_go.wait()
        return web.Response(body=BODY)

    with caplog.at_level(logging.WARNING):
        async with serving(hang) as site:
            async with open_jwks_client() as client:
                async with JwksCache(HttpJwksSource(client, str(site.url)), clock) as keys:
                    call = asyncio.create_task(keys.keys_for(KID))
                    await until(lambda: len(site.seen) == 1)
                with pytest.raises(UpstreamUnavailable):
                    await call
            let_go.set()
    assert caplog.records == []


async def test_no_log_line_quotes_what_was_answered(
    clock: MovableClock, caplog: pytest.LogCaptureFixture
) -> None:
    secret = json.dumps({"keys": [{"kid": "hunter2", "d": "hunter2"}]}).encode()
    async with (
        serving(answering(secret)) as site,
        open_jwks_client() as client,
        JwksCache(HttpJwksSource(client, str(site.url)), clock) as keys,
    ):
        with pytest.raises(UpstreamUnavailable):
            await keys.keys_for(KID)
    assert [record.msg for record in caplog.records] == ["remote_keys_not_fetched"]
    assert "hunter2" not in str([record.__dict__ for record in caplog.records])
