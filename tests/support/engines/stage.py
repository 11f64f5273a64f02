"""The harness page in one browser, for several tests: one that crashes costs no other test."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field

from link_dev.stack import Stack
from tests.support.engines.person import Person
from tests.support.engines.scenarios import Played, Scenario, open_harness, play
from tests.support.engines.webdriver import GONE, WebDriver
from tests.support.installing.engines import EngineName

StartBrowser = Callable[[], AbstractAsyncContextManager[WebDriver]]


@dataclass
class Stage:
    """A stack, and a person before its harness page in a browser that is replaced if it crashes."""

    engine: EngineName
    stack: Stack
    start: StartBrowser
    _opened: AsyncExitStack = field(default_factory=AsyncExitStack)
    _driver: WebDriver | None = None

    async def person(self) -> Person:
        """Give a person before the page of a browser that answers.

        Raises `DriverRefused`.
        """
        if self._driver is None or not await self._driver.answers():
            await self.close()
            self._driver = await self._opened.enter_async_context(self.start())
            await open_harness(self._driver, f"{self.stack.origin('shop')}/")
        return Person(self.engine, self._driver, self.stack)

    async def play(
        self, scenario: Scenario, contact: str, on_crash: Callable[[str], None]
    ) -> Played:
        """Play a scenario; if the browser itself crashes meanwhile, once more in a new one.

        `on_crash` is then called with the driver's words. Raises `DriverRefused`, also at a second
        crash: what brings a browser down each time is ours to mend.
        """
        person = await self.person()
        try:
            return await play(person, scenario, contact)
        except GONE as refused:
            if await person.driver.answers():
                raise
            on_crash(str(refused))
        return await play(await self.person(), scenario, f"again.{contact}")

    async def close(self) -> None:
        """End the browser."""
        self._driver = None
        await self._opened.aclose()
        self._opened = AsyncExitStack()
