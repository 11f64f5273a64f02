"""What a walk through the states uses: a customer's hands, which know hooks and no wording."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from playwright.async_api import FrameLocator, Locator, Route, expect

from link_dev.stack import Stack
from tests.support.browser.shop import ShopPage
from tests.support.browser.sign_in import code_for
from tests.support.browser.visitor import Held, Visitor

Look = Callable[[str, ShopPage], Awaitable[None]]
"""Looks at a state, by its name, that the shop's page is in."""
AFTER_A_CODE_MS: Final = 31_000
"""Until another code can be asked for."""
# What opens a menu in which a row may keep its lesser actions.
_OPENERS: Final = "summary, [aria-haspopup]"


@dataclass(frozen=True)
class Walker:
    """A customer on the way through the states of one walk."""

    visitor: Visitor
    stack: Stack
    look: Look

    async def press(self, element: FrameLocator, key: str) -> None:
        """Press a control of the list or its form, opening the menu in which it may be."""
        control = visible(element, f'[data-key="{key}"], [data-key^="{key} "]')
        openers = visible(element, _OPENERS)
        await expect(control.or_(openers).first).to_be_visible()
        if not await control.count():
            await openers.first.click()
        await control.first.click()

    async def listed(self, element: FrameLocator) -> None:
        """Wait until what is saved is shown."""
        await expect(element.locator("#items")).to_be_visible()

    async def ask_for_code(self, element: FrameLocator, contact: str) -> None:
        """Type the contact and wait for the form that takes the code."""
        await element.locator("#contact").fill(contact)
        await element.locator("#request-code").click()
        await self.sees(element, "code")

    async def enter_code(self, element: FrameLocator, code: str) -> None:
        """Type a code and send it."""
        await element.locator("#otp-code").fill(code)
        await element.locator("#verify-code").click()

    async def sign_in(self, element: FrameLocator, contact: str) -> None:
        """Sign in by a code, as far as the customer's name."""
        await self.ask_for_code(element, contact)
        await self.enter_code(element, code_for(self.stack, contact))
        await self.sees(element, "authenticated")

    async def sees(self, element: FrameLocator, view: str) -> None:
        """Wait until an element shows one of its views."""
        await expect(element.locator(f"[data-view={view}]")).to_be_visible()

    @asynccontextmanager
    async def holding(self, pattern: str, method: str) -> AsyncIterator[Held]:
        """Hold back the next call of a URL pattern; it goes on at the end."""
        kept: asyncio.Future[Route] = asyncio.get_running_loop().create_future()
        held = Held(kept)

        async def hold(route: Route) -> None:
            if route.request.method != method or kept.done():
                await route.fallback()
            else:
                await held.keep(route)

        await self.visitor.context.route(pattern, hold)
        yield held
        await held.release()
        await self.visitor.context.unroute(pattern, hold)

    @asynccontextmanager
    async def losing(self, pattern: str, method: str) -> AsyncIterator[None]:
        """Let no call of a URL pattern reach the service meanwhile."""
        self.visitor.expect_error("ERR_")

        async def lose(route: Route) -> None:
            if route.request.method == method:
                await route.abort("connectionfailed")
            else:
                await route.fallback()

        await self.visitor.context.route(pattern, lose)
        yield
        await self.visitor.context.unroute(pattern, lose)

    @asynccontextmanager
    async def answering(
        self,
        pattern: str,
        *,
        data: Mapping[str, object] | None = None,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncIterator[None]:
        """Answer in place of the service, whose limits no clock of ours can pass."""
        refused = {"code": "RATE_LIMITED", "message": "Too many requests.", "retryable": True}
        body = (
            {"success": False, "error": refused}
            if data is None
            else {"success": True, "data": data}
        )

        async def answer(route: Route) -> None:
            await route.fulfill(status=status, json=body, headers=dict(headers or {}))

        await self.visitor.context.route(pattern, answer)
        yield
        await self.visitor.context.unroute(pattern, answer)

    async def lose(self, pattern: str) -> None:
        """Let no call of a URL pattern reach the service."""
        self.visitor.expect_error("ERR_")
        await self.visitor.context.route(pattern, lambda route: route.abort("connectionfailed"))


def visible(element: FrameLocator, selector: str) -> Locator:
    """Return what matches and is shown."""
    return element.locator(selector).filter(visible=True)


async def said(problem: Locator) -> None:
    """Wait until a problem is told."""
    await expect(problem).not_to_be_empty()
