"""Virtual hosts: five origins on one port, each with routes and error pages of its own."""

import pytest

from link_kernel.web.request import MAX_BODY_BYTES
from tests.link_dev.visitor import API, EMAIL, Visitor
from tests.support.clients.bridge_client import Verifier, granted, refusal


@pytest.mark.parametrize("host", ["link", "api"])
async def test_the_bridge_answers_on_both_of_its_hosts(visitor: Visitor, host: str) -> None:
    """A frame may call its own origin or the api's."""
    response = await visitor.call(host, f"{API}/jwks.json")
    assert (await response.json())["keys"]
    assert response.headers["X-Request-Id"]


@pytest.mark.parametrize("host", ["link", "api"])
async def test_the_link_api_answers_on_both_hosts(visitor: Visitor, host: str) -> None:
    """The gateway sends what is not the bridge's to the main API."""
    response = await visitor.call(host, "/v1/link/auth/request-otp", EMAIL)
    assert response.status == 200


async def test_the_link_api_answers_on_its_own_port(visitor: Visitor) -> None:
    """The bridge calls the Link API on its own port."""
    url = f"{visitor.stack.ports.link_url}/v1/link/auth/request-otp"
    async with visitor.http.post(url, json=EMAIL) as response:
        assert response.status == 200


@pytest.mark.parametrize("host", ["shop", "other", "evil"])
async def test_a_shop_serves_no_service(visitor: Visitor, host: str) -> None:
    """A shop's origin must not be able to speak for ours."""
    assert await refusal(await visitor.call(host, f"{API}/jwks.json")) == (404, "NOT_FOUND")
    query = "business_id=bus_demo&parent_origin=x&v=1"
    assert (await visitor.call(host, f"/elements/auth?{query}")).status == 404


@pytest.mark.parametrize("host", ["shop", "other", "evil"])
async def test_every_shop_has_the_page_that_embeds(visitor: Visitor, host: str) -> None:
    """Tests drive the element through it, so a back button must find it in the cache."""
    page = await visitor.call(host, "/embed?business_id=bus_demo&element=auth")
    assert page.content_type == "text/html"
    assert "no-store" not in page.headers["Cache-Control"]
    module = await visitor.call(host, "/harness/page/embed.js")
    assert (module.status, module.content_type) == (200, "text/javascript")


async def test_only_the_shop_has_the_harness(visitor: Visitor) -> None:
    """It runs under the policy that merchants are told to set."""
    page = await visitor.call("shop", "/")
    policy = page.headers["Content-Security-Policy"]
    assert f"script-src 'self' {visitor.stack.origin('link')};" in policy
    assert (await visitor.call("evil", "/")).status == 404


@pytest.mark.parametrize("name", ["../sdk/v1.js", "%2e%2e/sdk/v1.js", "nothing.js", "embed.html"])
async def test_the_shop_serves_its_own_modules_only(visitor: Visitor, name: str) -> None:
    """A name is a name, never a path."""
    assert (await visitor.call("shop", f"/harness/{name}")).status == 404


async def test_an_unknown_host_is_misdirected(visitor: Visitor) -> None:
    """The answer lists the known names."""
    response = await visitor.call("shop", "/", headers={"Host": "shop.example"})
    assert response.status == 421
    assert "link.localhost" in await response.text()


async def test_refusals_below_a_host_keep_envelope_and_cors(visitor: Visitor) -> None:
    """The page of evil can read why it was refused."""
    response = await visitor.bootstrap(Verifier.new().challenge, origin="evil")
    assert await refusal(response) == (403, "ORIGIN_NOT_ALLOWED")
    assert response.headers["Access-Control-Allow-Origin"] == visitor.stack.origin("evil")
    assert await refusal(await visitor.call("link", "/nothing")) == (404, "NOT_FOUND")
    response = await visitor.call("link", f"{API}/jwks.json", method="POST")
    assert await refusal(response) == (405, "METHOD_NOT_ALLOWED")


async def test_a_large_body_is_refused_below_a_host(visitor: Visitor) -> None:
    """Only the outermost application's limit counts."""
    response = await visitor.post("refresh", {"refresh_token": "x" * MAX_BODY_BYTES})
    assert await refusal(response) == (413, "PAYLOAD_TOO_LARGE")


async def test_each_business_lists_its_own_shop(visitor: Visitor) -> None:
    """`bus_other` is embedded by other.localhost alone."""
    body = {"element": "auth", "code_challenge": Verifier.new().challenge}
    for origin, status in (("other", 200), ("shop", 403), ("evil", 403)):
        response = await visitor.call(
            "link",
            f"{API}/bootstrap?business_id=bus_other",
            body,
            headers={"Origin": visitor.stack.origin(origin)},
        )
        assert response.status == status


async def test_a_customer_signs_in_through_the_whole_stack(visitor: Visitor) -> None:
    """Frame, bridge, Link API, Redis and SQL work together."""
    grant = await visitor.sign_in(await visitor.handshake())
    assert grant["session"]["state"] == "authenticated"
    assert (await granted(await visitor.refresh(grant)))["session"]["id"] == grant["session"]["id"]
