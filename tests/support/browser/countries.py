"""The file with the table of countries on its way to a frame: held back, or lost."""

import asyncio
from typing import Final

from playwright.async_api import Route

from tests.support.browser.visitor import Visitor

COUNTRIES: Final = "**/frame/countries.js*"


async def hold_countries(visitor: Visitor) -> asyncio.Event:
    """Let the table of countries come when the event is set."""
    is_open = asyncio.Event()

    async def wait(route: Route) -> None:
        await is_open.wait()
        await route.continue_()

    await visitor.context.route(COUNTRIES, wait)
    return is_open


async def lose_countries(visitor: Visitor) -> None:
    """Let the table of countries get lost on the line."""
    visitor.expect_error("ERR_CONNECTION_FAILED")

    async def lose(route: Route) -> None:
        await route.abort("connectionfailed")

    await visitor.context.route(COUNTRIES, lose)
