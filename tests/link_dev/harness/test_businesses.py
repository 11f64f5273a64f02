"""Businesses that harness pages make for themselves."""

import pytest

from elements_bridge.businesses.store import RedisBusinesses
from tests.link_dev.visitor import Visitor
from tests.support.clients.bridge_client import refusal
from tests.support.servers.topologies import open_client


@pytest.mark.parametrize(("order", "reload"), [({}, "forget"), ({"reload": "keep"}, "keep")])
async def test_a_page_says_what_a_reload_does_at_its_shop(
    visitor: Visitor, order: dict[str, str], reload: str
) -> None:
    """As the command `business add --reload` does."""
    response = await visitor.call("shop", "/dev/businesses", order)
    business_id = (await response.json())["business_id"]
    async with open_client(visitor.stack.redis_url) as redis:
        made = await RedisBusinesses(redis).get(business_id)

    assert made is not None
    assert (reload, (visitor.stack.origin("shop"),)) == (made.reload, made.origins)


async def test_another_word_is_refused(visitor: Visitor) -> None:
    response = await visitor.call("shop", "/dev/businesses", {"reload": "always"})
    assert await refusal(response) == (400, "VALIDATION_ERROR")
