"""The trace shows the servers' exchanges live, and holds no secret."""

import asyncio
import json
from typing import Any

from aiohttp import ClientResponse, ClientSession, DummyCookieJar

from link_dev.harness.addresses import Ports
from link_dev.stack import Plan, open_stack
from tests.link_dev.visitor import API, EMAIL, Visitor
from tests.support.clients.bridge_client import Verifier

_VERIFY = "/v1/link/auth/verify-otp"


def _entries(visitor: Visitor, path: str) -> list[dict[str, Any]]:
    return [entry for entry in visitor.stack.trace.entries if entry["path"] == path]


async def test_an_exchange_is_told_with_who_called_and_what_came_of_it(visitor: Visitor) -> None:
    """Origin, status, error code and duration, as on the wire."""
    await visitor.bootstrap(Verifier.new().challenge, origin="evil")
    [entry] = _entries(visitor, f"{API}/bootstrap")
    assert entry["host"] == "link"
    assert entry["method"] == "POST"
    assert entry["query"] == {"business_id": "bus_demo"}
    assert entry["origin"] == visitor.stack.origin("evil")
    assert (entry["status"], entry["error"]) == (403, "ORIGIN_NOT_ALLOWED")
    assert entry["ms"] > 0
    assert entry["started_at"] > 0


async def test_a_grant_is_told_by_its_claims_and_its_session(visitor: Visitor) -> None:
    """The claims help the shop's developer; the token itself stays in the frame."""
    grant = await visitor.handshake()
    [entry] = _entries(visitor, f"{API}/init")
    assert entry["session"]["id"] == grant["session"]["id"] == entry["claims"]["sid"]
    assert entry["claims"]["scope"] == "otp"


async def test_no_secret_is_in_the_trace(visitor: Visitor) -> None:
    """Neither tokens nor verifier, code or contact, through a sign-in and a refresh."""
    signed_in = await visitor.sign_in(await visitor.handshake())
    refreshed = await (await visitor.refresh(signed_in)).json()
    login = await visitor.call(
        "api", "/v1/link/auth/request-otp", {"contact": "+233241234567", "contact_type": "phone"}
    )
    assert login.status == 200
    told = json.dumps(visitor.stack.trace.entries)
    secrets = [
        *visitor.issued,
        refreshed["data"]["access_token"],
        refreshed["data"]["refresh_token"],
        "233241234567",
    ]
    assert [secret for secret in secrets if secret in told] == []
    assert not any(prefix in told for prefix in ("lnk_", "rfr_", "elr_", "elb_", "eyJ"))


async def test_an_entered_code_is_told_by_the_messages_that_carried_it(visitor: Visitor) -> None:
    """Never the code itself; a code of no message, and one that nobody read, differ."""
    await visitor.call("api", "/v1/link/auth/request-otp", EMAIL)
    [sent] = visitor.stack.outbox.sent
    wrong = f"{(int(sent.code) + 1) % 10**6:06}"
    for code in (wrong, sent.code):
        await visitor.call("api", _VERIFY, {**EMAIL, "otp_code": code})
    for body in ({"otp_code": 5}, "?"):
        await visitor.call("api", _VERIFY, body)
    told = [entry["code_of"] for entry in _entries(visitor, _VERIFY)]
    assert told == [[], [sent.sent_at], None, None]
    assert sent.code not in json.dumps(visitor.stack.trace.entries)
    assert {entry["code_of"] for entry in visitor.stack.trace.entries[:1]} == {None}


async def test_a_secret_in_an_address_is_masked(visitor: Visitor) -> None:
    """A client that puts a token into a path or a query errs, and the trace must not repeat it."""
    token = "lnk_" + "a1B2" * 8
    await visitor.call("link", f"/v1/link/{token}?access_token={token}&v={token}")
    told = json.dumps(visitor.stack.trace.entries)
    assert token not in told
    assert "access_token" not in told


async def test_the_frames_document_is_told_with_who_may_frame_it(visitor: Visitor) -> None:
    """The one header that shows what the browser will do."""
    for name, ancestors in (("shop", visitor.stack.origin("shop")), ("evil", "'none'")):
        origin = visitor.stack.origin(name)
        query = f"business_id=bus_demo&parent_origin={origin}&v=1"
        await visitor.call("link", f"/elements/auth?{query}")
        assert visitor.stack.trace.entries[-1]["frame_ancestors"] == ancestors


async def test_calls_from_the_bridge_to_the_auth_service_are_told_too(visitor: Visitor) -> None:
    """The bridge's own calls of the auth service, which no browser shows."""
    await visitor.sign_in(await visitor.handshake())
    hosts = [entry["host"] for entry in _entries(visitor, "/v1/link/auth/verify-otp")]
    assert hosts == ["auth-service"]


async def _next_event(response: ClientResponse) -> dict[str, Any]:
    async for line in response.content:
        if line.startswith(b"data: "):
            event: dict[str, Any] = json.loads(line.removeprefix(b"data: "))
            return event
    raise AssertionError("the stream ended")


async def test_the_stream_tells_the_past_and_then_each_exchange_as_it_comes(
    visitor: Visitor,
) -> None:
    """Server-sent events, numbered."""
    await visitor.call("link", f"{API}/jwks.json")
    url = f"http://127.0.0.1:{visitor.stack.ports.public}/dev/trace"
    async with visitor.http.get(url, headers={"Host": "shop.localhost"}) as stream:
        assert stream.content_type == "text/event-stream"
        assert (await _next_event(stream))["seq"] == 1
        await visitor.call("link", "/nothing")
        event = await _next_event(stream)
        assert (event["seq"], event["status"]) == (2, 404)


async def test_a_stream_resumes_where_it_broke_off(visitor: Visitor) -> None:
    """Browsers send the last event's number by themselves."""
    for _ in range(3):
        await visitor.call("link", f"{API}/jwks.json")
    url = f"http://127.0.0.1:{visitor.stack.ports.public}/dev/trace"
    headers = {"Host": "shop.localhost", "Last-Event-ID": "2"}
    async with visitor.http.get(url, headers=headers) as stream:
        assert (await _next_event(stream))["seq"] == 3


async def test_an_open_stream_does_not_hold_up_the_end(redis_url: str) -> None:
    """A harness left open in a browser must not make Ctrl-C wait."""
    async with ClientSession(cookie_jar=DummyCookieJar()) as http:
        async with open_stack(Plan(Ports.free(), redis_url=redis_url)) as stack:
            url = f"http://127.0.0.1:{stack.ports.public}/dev/trace"
            stream = await http.get(url, headers={"Host": "shop.localhost"})
            assert await stream.content.readline() == b": what the server saw\n"
            stopping = asyncio.get_running_loop().time()
        ended = asyncio.get_running_loop().time()
        assert ended - stopping < 1.5
        stream.close()


async def test_an_exchange_is_told_with_the_business_it_is_for(visitor: Visitor) -> None:
    """Named by the query, or by the bridge; a page of another business is told of neither."""
    await visitor.sign_in(await visitor.handshake())
    told = {
        (entry["host"], entry["path"].rpartition("/")[2]): entry["business_id"]
        for entry in visitor.stack.trace.entries
    }
    assert "bus_demo" == told["link", "bootstrap"] == told["auth-service", "request-otp"]

    challenge = {"element": "payment", "code_challenge": Verifier.new().challenge}
    await visitor.call("link", f"{API}/bootstrap?business_id=bus_other", challenge)
    first = await anext(aiter(visitor.stack.trace.follow(0, "bus_other")))
    assert (first["path"], first["business_id"]) == (f"{API}/bootstrap", "bus_other")
