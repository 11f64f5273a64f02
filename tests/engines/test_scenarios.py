"""Every scenario of the harness in three engines: as they are, private, and without storage."""

from collections.abc import Callable
from typing import Final

import pytest

from tests.engines.conftest import Cell
from tests.support.engines.modes import TABLE
from tests.support.engines.person import BY_HAND
from tests.support.engines.scenarios import Scenario, all_scenarios, play
from tests.support.engines.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")

# Each is asked of a frame at another site than its page.
_STORAGE: Final = """
  const opened = () => new Promise((resolve, reject) => {
    const request = indexedDB.open('of-the-test');
    request.onsuccess = resolve;
    request.onerror = () => reject(request.error);
  });
  const uses = {
    cookie: () => {
      document.cookie = 'kept=1; Secure; SameSite=None; Partitioned';
      if (!document.cookie.includes('kept')) throw new Error('not kept');
    },
    localStorage: () => localStorage.setItem('kept', '1'),
    sessionStorage: () => sessionStorage.setItem('kept', '1'),
    indexedDB: opened,
  };
  const kept = [];
  for (const [name, use] of Object.entries(uses)) {
    try {
      await use();
      kept.push(name);
    } catch {
      // refused
    }
  }
  return kept;
"""


@pytest.mark.parametrize("scenario", all_scenarios(), ids=lambda scenario: scenario.id)
async def test_a_scenario_ends_as_it_must(
    stage: Stage, cell: Cell, scenario: Scenario, on_crash: Callable[[str], None]
) -> None:
    """Every check holds; where the engine refuses what is needed, the known call fails."""
    played = await stage.play(scenario, f"{scenario.id}@engines.example", on_crash)

    if scenario.need in TABLE[cell].lacks:
        [broken] = played.broken
        assert broken.startswith(f"{scenario.otherwise}. Expected: ")
    else:
        assert [] == played.broken
        assert played.held
    assert played.steps
    assert "0 secrets" in played.secrets


async def test_a_mode_has_the_storage_that_the_table_says(stage: Stage, cell: Cell) -> None:
    """So `blocked` blocks indeed; what an engine does not let be taken away is named too."""
    person = await stage.person()
    [guest] = [one for one in all_scenarios() if one.id == "happy-guest"]
    await play(person, guest, "")
    await person.driver.frame("#stage iframe", 0)

    assert TABLE[cell].keeps == set(await person.driver.wait(_STORAGE))


async def test_the_page_lists_what_is_played(stage: Stage) -> None:
    """A scenario that waits for a person has somebody who does what it asks for."""
    person = await stage.person()
    await person.driver.top()
    listed = await person.driver.run("return window.__harness.scenarios")

    assert [one.id for one in all_scenarios()] == [one["id"] for one in listed]
    assert set(BY_HAND) == {one["id"] for one in listed if one["needsPerson"]}
