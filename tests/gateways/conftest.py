"""Fixtures: each test runs once behind nginx and once behind Caddy."""

from collections.abc import AsyncIterator

import pytest

from elements_bridge.keyring import KeyringFile
from tests.gateways.gateway_stack import GatewayStack, running_gateway_stack
from tests.support.clients.bridge_client import Json, settings_for
from tests.support.installing.gateways import GATEWAYS, GatewayName
from tests.support.link_login import LinkLogin
from tests.support.time_machine import MovableClock


@pytest.fixture(params=GATEWAYS)
def name(request: pytest.FixtureRequest) -> GatewayName:
    """The gateway."""
    found: GatewayName = request.param
    return found


@pytest.fixture
async def stack(
    name: GatewayName, redis_url: str, keyring: KeyringFile, clock: MovableClock
) -> AsyncIterator[GatewayStack]:
    """The gateway, the bridge, and two upstreams that record their requests."""
    headers = "original" if name == "ingress-nginx" else "forwarded"
    settings = settings_for(redis_url, keyring, forward_auth_headers=headers)
    async with running_gateway_stack(name, settings, clock) as found:
        yield found


@pytest.fixture
async def signed_in(stack: GatewayStack, login: LinkLogin) -> Json:
    """The grant of the customer's `address` element, bound to the frame's key."""
    return await stack.frame.init(element="address", token=login.token)


@pytest.fixture
async def guest(stack: GatewayStack) -> Json:
    """A guest's grant, bound to the frame's key."""
    return await stack.frame.init(element="address")
