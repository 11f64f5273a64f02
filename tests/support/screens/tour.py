"""Walks through the states on a stack of its own, with a new customer for each walk."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

from aiohttp import ClientSession
from playwright.async_api import Browser, BrowserContext, Error

from link_dev.harness.addresses import Ports
from link_dev.stack import Plan, Stack, open_stack
from link_kernel.observability.logs import configure_logs
from tests.support.browser.chromium import connected_chromium
from tests.support.browser.servers import DEADLINE_S, Servers, open_http
from tests.support.browser.visitor import Visitor
from tests.support.installing.chromium import find_chromium
from tests.support.screens.walker import Look, Walker
from tests.support.screens.walks import WALKS, Walk
from tests.support.time_machine import MovableClock

_LONGEST_S: Final = 120.0
LOCALES: Final = {"en": "en-GH", "fr": "fr-CI"}
"""What the browser says of its customer, by the language of the texts."""


@dataclass(frozen=True)
class Tour:
    """What walks need; `browser` may be used for other pages too."""

    browser: Browser
    stack: Stack
    http: ClientSession
    clock: MovableClock
    locale: str

    async def go(self, look: Look, names: Sequence[str]) -> int:
        """Go all walks, or those named; return how many failed, which keep no other from it."""
        failed = 0
        for walk in WALKS:
            if names and walk.__name__ not in names:
                continue
            try:
                async with asyncio.timeout(_LONGEST_S):
                    await self._walk(walk, look)
            except (AssertionError, Error, TimeoutError) as error:
                failed += 1
                sys.stderr.write(f"{walk.__name__} failed: {error!r}\n")
            else:
                sys.stderr.write(f"{walk.__name__}\n")
        return failed

    async def _walk(self, walk: Walk, look: Look) -> None:
        """Go one walk; it fails by an unexpected error in the browser too."""
        self.clock.ahead_ms = 0
        context = await self.browser.new_context(locale=self.locale)
        try:
            context.set_default_timeout(DEADLINE_S * 1000)
            visitor = Visitor(context, Servers.watched(self.stack, self.http), self.clock)
            await walk(Walker(visitor, self.stack, look))
        except (AssertionError, Error, TimeoutError):
            await _tell_what_is_shown(context)
            raise
        finally:
            await context.close()
        assert visitor.problems == []


async def _tell_what_is_shown(context: BrowserContext) -> None:
    """Write the text of each document: why a walk could not go on is on the screen."""
    for page in context.pages:
        for frame in page.frames:
            with suppress(Error):
                text = await frame.evaluate("document.body?.innerText ?? ''")
                sys.stderr.write(
                    f"  {frame.url.partition('?')[0]}: {' | '.join(text.split(chr(10)))}\n"
                )


@asynccontextmanager
async def touring(language: str) -> AsyncIterator[Tour]:
    """Start a stack and a Chromium of a customer who reads a language of `LOCALES`."""
    configure_logs("human", "critical")
    clock = MovableClock()
    async with (
        open_stack(Plan(ports=Ports.free(), clock=clock)) as stack,
        open_http() as http,
        connected_chromium(find_chromium()) as browser,
    ):
        yield Tour(browser, stack, http, clock, LOCALES[language])
