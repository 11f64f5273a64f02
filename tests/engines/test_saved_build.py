"""An SDK of earlier with the newest frame, as in a shop that pins it, and the other way round.

The second happens while a deployment is under way: another process serves the frame than the SDK.
"""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio

import elements_bridge.app
from elements_bridge.http.static_files import static_root
from link_dev.harness.addresses import Ports
from link_dev.stack import Plan, open_stack
from tests.support.engines.person import Person
from tests.support.engines.running import running_engine
from tests.support.engines.scenarios import Scenario, all_scenarios, open_harness, play

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("saved build"),
]

SAVED: Final = Path(__file__).with_name("saved_build")
_ABOUT_SERVERS: Final = {"crowded-network"}  # has no element
_NEWER: Final = {"reload-keeps"}  # a reload forgets, unless both parts know of it
_PLAYED: Final = [one for one in all_scenarios() if one.id not in _ABOUT_SERVERS]


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=["sdk", "frame"])
async def person(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Person]:
    """A person before the harness page of a stack that serves one part as it was saved."""
    root = tmp_path_factory.mktemp("mixed")
    for part in ("sdk", "frame"):
        source = SAVED if part == request.param else static_root()
        shutil.copytree(source / part, root / part)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(elements_bridge.app, "static_root", lambda: root)
        async with (
            open_stack(Plan(ports=Ports.free())) as stack,
            running_engine("chromium", "default") as driver,
        ):
            await open_harness(driver, f"{stack.origin('shop')}/")
            yield Person("chromium", driver, stack)


@pytest.mark.parametrize("scenario", _PLAYED, ids=lambda scenario: scenario.id)
async def test_a_part_of_earlier_plays_with_the_newest(person: Person, scenario: Scenario) -> None:
    """Every check holds, as for two parts of one release; what is newer ends as without it."""
    played = await play(person, scenario, f"{scenario.id}@saved.example")

    if scenario.id in _NEWER:
        [broken] = played.broken
        assert broken.startswith(f"{scenario.otherwise}. Expected: ")
    else:
        assert [] == played.broken
        assert played.held
    assert "0 secrets" in played.secrets
