"""A short pass in Firefox at each change; `tests/engines` plays all scenarios in three engines."""

from typing import Final

import pytest

from link_dev.stack import Stack
from tests.support.browser.servers import Servers
from tests.support.engines.person import Person
from tests.support.engines.running import running_engine
from tests.support.engines.scenarios import all_scenarios, open_harness, play
from tests.support.logged import logged_text
from tests.support.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")

SHORT: Final = ("happy-guest", "sign-in-by-code", "reload-frame")
CONTACT: Final = "kwabena@shop.example"
REFUSED: Final = '"event":"unverified_frame_blocked","detail":"not_listed"'


async def test_a_handshake_a_sign_in_and_a_reload_pass_in_firefox(
    stack: Stack, servers: Servers
) -> None:
    """Firefox starts once, since its start takes longest; it tells of a page that it refused."""
    scenarios = {one.id: one for one in all_scenarios()}
    async with running_engine("firefox", "default") as driver:
        await open_harness(driver, f"{servers.origin('shop')}/")
        person = Person("firefox", driver, stack)
        played = {name: await play(person, scenarios[name], CONTACT) for name in SHORT}
        with logged_text() as logged:
            await driver.open(f"{servers.origin('evil')}/embed?element=payment")
            await servers.called("reports")
            await until(lambda: REFUSED in logged.getvalue())

    assert {name: [] for name in SHORT} == {name: one.broken for name, one in played.items()}
    assert all(one.held and "0 secrets" in one.secrets for one in played.values())
