"""Traefik, and nginx as ingress-nginx sets it up: what they tell the bridge, and services."""

import pytest

from elements_bridge.keyring import KeyringFile
from tests.gateways.gateway_stack import (
    CHECKOUT,
    LINK_HOST,
    GatewayStack,
    running_gateway_stack,
)
from tests.gateways.samples import DEPLOY, HOST
from tests.gateways.test_identity import forged, spoken_in_the_bridges_name
from tests.gateways.test_paths import status_of
from tests.support.clients.bridge_client import LINK, Json, new_key, settings_for
from tests.support.clients.internal_client import IDENTITY
from tests.support.installing.gateways import KUBERNETES_GATEWAYS, GatewayName
from tests.support.time_machine import MovableClock

OFFER = f"{CHECKOUT}/of_0123456789abcdef"
# Whichever set a gateway does not write may come from a client.
DESCRIPTIONS = [
    *[("X-Forwarded-Method", "GET"), ("X-Forwarded-Uri", CHECKOUT)],
    *[("X-Original-Method", "GET"), ("X-Original-URL", f"{LINK}{CHECKOUT}")],
]


@pytest.fixture(params=KUBERNETES_GATEWAYS)
def name(request: pytest.FixtureRequest) -> GatewayName:
    """The gateway."""
    found: GatewayName = request.param
    return found


async def test_a_service_hears_of_its_caller_from_the_bridge_alone(
    stack: GatewayStack, guest: Json, name: GatewayName
) -> None:
    """Whatever identity the client claims, or takes away as a header of one hop."""
    named = [("Connection", ", ".join(("keep-alive", *IDENTITY)))]
    for headers in ([], forged(), named, DESCRIPTIONS):
        answer = await stack.call(OFFER, guest, method="POST", headers=headers, body=b"{}")
        assert (answer.status, await answer.json()) == (200, {"from": "upstream"})

    first, *others = stack.checkout.seen
    identity = {header: value for header, value in first.identity.items() if value}
    assert guest["session"]["id"] == identity["x-link-session-id"]
    assert {"x-link-business-id", "x-link-parent-origin", "x-link-scope"} < identity.keys()
    for seen in others:
        assert {key: value for key, value in seen.identity.items() if value} == identity
        assert (seen.method, seen.target, seen.body) == ("POST", OFFER, b"{}")
        assert all(seen.all_of(header) == [] for header, _ in DESCRIPTIONS)
        assert seen.all_of("X-Forwarded-For") == [HOST]
    folder = "traefik" if name == "traefik" else "ingress-nginx"
    assert all(header in (DEPLOY / folder / "link.yaml").read_text("utf-8") for header in IDENTITY)
    assert {asked.body for asked in stack.asked} == {b""}


async def test_a_client_does_not_speak_in_the_bridges_name(stack: GatewayStack) -> None:
    await spoken_in_the_bridges_name(stack)


async def test_attack_50_a_client_does_not_say_what_was_asked_for(
    stack: GatewayStack, guest: Json
) -> None:
    """A proof of another call stays one, by whichever headers the client describes that call."""
    elsewhere = {"htm": "GET", "htu": f"{LINK}{CHECKOUT}"}
    for headers in ([], DESCRIPTIONS, DESCRIPTIONS * 2, DESCRIPTIONS[:2], DESCRIPTIONS[2:]):
        answer = await stack.call(OFFER, guest, method="DELETE", claims=elsewhere, headers=headers)
        assert answer.status == 401
    assert not stack.forwarded


async def test_attack_50_a_setting_for_another_gateway_lets_nobody_through(
    name: GatewayName, redis_url: str, keyring: KeyringFile, clock: MovableClock
) -> None:
    """Else the client would say what it is asked for: its headers are not overwritten."""
    wrong = "forwarded" if name == "ingress-nginx" else "original"
    settings = settings_for(redis_url, keyring, forward_auth_headers=wrong)
    async with running_gateway_stack(name, settings, clock) as stack:
        guest = await stack.frame.init(element="address")
        for headers in ([], DESCRIPTIONS, DESCRIPTIONS[:2], DESCRIPTIONS[2:]):
            for claims in ({}, {"htu": f"{LINK}{CHECKOUT}"}):
                answer = await stack.call(OFFER, guest, claims=claims, headers=headers)
                assert answer.status == 403
        assert not stack.forwarded


async def test_what_the_bridge_refuses_no_service_hears(
    stack: GatewayStack, guest: Json, name: GatewayName
) -> None:
    """Both keep the challenge; ingress-nginx writes a body of its own."""
    once = {"jti": new_key()}
    assert (await stack.call(OFFER, guest, method="POST", claims=once)).status == 200
    refused = [
        await stack.call(OFFER, guest, method="POST", claims=once),
        await stack.send(OFFER),
        await stack.send(OFFER, method="OPTIONS"),
        await stack.call(OFFER, guest, headers=[("Authorization", "Bearer lnk_of-the-main-api")]),
    ]
    for answer in refused:
        assert answer.status in {400, 401}
        is_html = name == "ingress-nginx" or answer.status == 400
        assert (answer.content_type == "application/json") is not is_html
        assert len(answer.headers.getall("WWW-Authenticate", [])) == (answer.status == 401)
    await stack.internal.close()
    assert (await stack.call(OFFER, guest)).status in {500, 502, 503}
    assert len(stack.forwarded) == 1


async def test_a_host_is_spelt_in_many_ways(stack: GatewayStack, guest: Json) -> None:
    for host in (LINK_HOST, "LINK.cimplify.io", f"{LINK_HOST}:8443"):
        assert (await stack.call(OFFER, guest, host=host)).status == 200


async def test_attack_50_no_host_of_the_client_moves_the_path(
    stack: GatewayStack, guest: Json
) -> None:
    """By an absolute request target nginx chooses the server, and writes `Host` into the URL."""
    target = f"http://{LINK_HOST}{OFFER}"
    for strange in (f"{LINK_HOST}?", "x?y", "x#y", "a@b", "x\\y", "a b", "x,y", "x:/y"):
        status = await status_of(stack, target, guest, proved_for=CHECKOUT, host=strange)
        assert status in {400, 401, 403}
    assert not stack.forwarded


ODD = (
    *("/../offers", "/%2e%2e/offers", "/..%2foffers", "/..;/offers", "\\..\\offers", "/.", "/./x"),
    *("//x", "/%6f", "%3Fpage=2", "%23", "%00", "%252e", ";x=1", "/\xe9"),
)


async def test_a_path_is_proved_as_it_is_served(stack: GatewayStack, guest: Json) -> None:
    """An odd spelling passes nowhere, or becomes the plain path which the proof names."""
    for end in ODD:
        for proved_for in (CHECKOUT, f"{CHECKOUT}{end}"):
            await status_of(stack, f"{CHECKOUT}{end}", guest, proved_for=proved_for)
    assert {seen.target for seen in stack.forwarded} <= {CHECKOUT}
