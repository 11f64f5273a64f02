"""Fixtures of the tests of contacts."""

from collections.abc import Callable

import pytest

from tests.support.clients.link_client import Customer, LinkClient, new_key


@pytest.fixture
async def ama(link: LinkClient) -> Customer:
    """A signed-in customer with a phone."""
    return await link.sign_in()


@pytest.fixture
def mailbox() -> Callable[[], str]:
    """Return what names a mailbox that no other test has."""
    return lambda: f"m{new_key()[:12].strip('-_').lower()}x@second.example"
