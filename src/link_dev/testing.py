"""A pytest plugin for your own tests: fixtures for a running Link stack and a signed-in customer.

Write `pytest_plugins = ["link_dev.testing"]` in your `conftest.py`, and ask for `link_stack` or
`signed_in_customer`. Your tests may be plain functions or coroutines in any mode: the stack runs in
a thread of its own. `docs/testing.md` shows how.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from link_api.reserved.contacts import Outcome
from link_dev.testkit.link_stack import ElementsSession, LinkStack, SignedInCustomer
from link_dev.testkit.loopback_http import Answer, Refused
from link_dev.testkit.reserved import reserved_mailbox, reserved_phone
from link_dev.testkit.stack_thread import StackThread

__all__ = [
    "Answer",
    "ElementsSession",
    "LinkStack",
    "Outcome",
    "Refused",
    "SignedInCustomer",
    "link_stack",
    "link_stack_settings",
    "reserved_mailbox",
    "reserved_phone",
    "signed_in_customer",
]


@pytest.fixture(scope="session")
def link_stack_settings() -> Mapping[str, Mapping[str, Any]]:
    """Return changed settings; override this fixture in your `conftest.py`.

    `{"link": {"default_region": "KE"}, "bridge": {"access_ttl": 60}}` sets `LINK_DEFAULT_REGION`
    and `ELEMENTS_ACCESS_TTL`.
    """
    return {}


@pytest.fixture(scope="session")
def link_stack(link_stack_settings: Mapping[str, Mapping[str, Any]]) -> Iterator[LinkStack]:
    """Bridge, Link API and a real Redis, started once for the run, on free ports.

    Tests share it: give each its own customers, which `signed_in_customer` does.
    """
    thread = StackThread(
        bridge=link_stack_settings.get("bridge", {}),
        link=link_stack_settings.get("link", {}),
    )
    stack = thread.start()
    yield LinkStack(stack, thread)
    thread.stop()


@pytest.fixture
def signed_in_customer(link_stack: LinkStack) -> SignedInCustomer:
    """Return a new, signed-in customer for one test; `session_token` is their `lnk_…`."""
    return link_stack.sign_in()
