"""What works: a frame, a shop that may embed it, and a session at the end."""

import pytest

from tests.browser.visit import Visit

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_check_01_happy_guest(visit: Visit) -> None:
    """Mount on shop: `ready`, `initialized`; 1 bootstrap by the shop, 1 init by the frame."""
    shop = await visit.shop("auth")

    assert [{"state": "guest"}] == [event.payload for event in await shop.hear("initialized")]
    assert 1 == len(await shop.challenges())
    [bootstrap] = visit.servers.calls("bootstrap")
    assert (200, visit.origin("shop")) == (bootstrap["status"], bootstrap["origin"])
    assert ("cross-site", "empty") == (bootstrap["sec_fetch_site"], bootstrap["sec_fetch_dest"])
    [init] = await visit.servers.called("init")
    assert (200, visit.origin("link")) == (init["status"], init["origin"])
    assert "same-origin" == init["sec_fetch_site"]
    assert "guest" == init["session"]["state"]
    assert "guest" == await shop.state()


async def test_check_31_three_elements(visit: Visit) -> None:
    """Mount 3: each is initialized once, each with a session of its own."""
    shop = await visit.shop("auth", "address", "payment")

    initialized = await shop.hear("initialized", 3)

    assert [0, 1, 2] == sorted(event.index for event in initialized)
    assert 3 == len(await shop.challenges())
    inits = await visit.servers.called("init", 3)
    assert {"auth", "address", "payment"} == {init["session"]["element"] for init in inits}
    assert 3 == len({init["session"]["id"] for init in inits})
    assert 3 == len(visit.servers.calls("bootstrap"))
