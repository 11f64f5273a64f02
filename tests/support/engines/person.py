"""What a person does by hand in the scenarios of the harness, in any engine."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from link_dev.stack import Stack
from tests.support.browser.sign_in import code_for
from tests.support.engines.webdriver import DriverRefused, WebDriver, WebElement
from tests.support.installing.engines import EngineName

_INITIALIZED: Final = "#steps li[title*='shop: initialized']"
_OF_SHOP: Final = "@shopper.example.com"  # whom the harness page signs in as a shop does
_AFTER_A_CODE_MS: Final = 31_000
_AFTER_READING_MS: Final = 1_000
_TYPE: Final = """
  const [input, text] = arguments;
  input.focus();
  input.value = text;
  input.dispatchEvent(new InputEvent('input', { bubbles: true, data: text }));
"""
_LATER: Final = """
  const now = performance.now.bind(performance);
  performance.now = () => now() + arguments[0];
"""
_READ: Final = """
  const [selector, words, times] = given;
  const read = () => [...document.querySelectorAll(selector)]
    .filter((it) => it.textContent.includes(words)).length;
  while (read() < times) await new Promise((resolve) => setTimeout(resolve, 20));
"""


async def type_into(engine: EngineName, field: WebElement, text: str) -> None:
    """Type into a field of a frame.

    WebKitGTK's driver sends no keys to a frame at another site than its page: there, and nowhere
    else, the text is set as an input method would set it.
    """
    if engine == "webkit":
        await field.driver.run(_TYPE, field.reference, text)
    else:
        await field.type(text)


@dataclass(frozen=True)
class Person:
    """A customer before the harness page, who reads the messages that the stack sends."""

    engine: EngineName
    driver: WebDriver
    stack: Stack
    shop_page: bool = False
    """Whether the elements are on a page of the shop, in the harness page."""

    async def types(self, field: str, text: str, element: int = 0) -> None:
        """Type into a field of an element."""
        await type_into(self.engine, await self._find(element, f"#{field}"), text)

    async def presses(self, name: str, element: int = 0) -> None:
        """Press the button whose words begin so."""
        await (await self._find(element, "button", name)).click()

    async def chooses(self, element: int) -> None:
        """Use the picked item of a list; a frame of earlier has other words for it."""
        await (await self._find(element, "[data-key='use']")).click()

    async def asks_again(self) -> None:
        """Have another code sent; a frame of earlier has other words for it."""
        await (await self._find(0, "#resend")).click()

    async def sees(self, selector: str, element: int) -> None:
        """Wait until something in an element can be used, and does not move."""
        await self._find(element, selector)

    async def changes(self, verb: str) -> None:
        """Press a button of the picked item's row, or of what it then asks."""
        await (await self._find(0, f"[data-key^='{verb} ']")).click()

    async def reads(self, words: str, selector: str = "#steps li", times: int = 1) -> None:
        """Wait until the harness page says something so often; if not, its own words are told."""
        await self.driver.top()
        try:
            await self.driver.wait(_READ, selector, words, times)
        except DriverRefused as refused:
            shown = await self.driver.run("return document.body.innerText")
            raise DriverRefused(f"{refused}; the page says: {shown}") from None

    async def reads_in_element(self, words: str, selector: str) -> None:
        """Wait until the first element says something."""
        await self.driver.frame("#stage iframe", 0)
        await self.driver.wait(_READ, selector, words, 1)

    async def asks_for_a_code(self, contact: str) -> None:
        """Type a contact, and wait for the form that takes the code."""
        await self.types("contact", contact)
        await self.presses("Send code")
        await self._find(0, "#otp-code")

    async def enters(self, code: str) -> None:
        """Type a code and send it."""
        await self.types("otp-code", code)
        await self.presses("Continue")

    async def waits(self, milliseconds: int) -> None:
        """Let time pass for the first element alone."""
        await self.driver.frame("#stage iframe", 0)
        await self.driver.run(_LATER, milliseconds)

    async def _find(self, element: int, selector: str, words: str = "") -> WebElement:
        # Before it says so, an iframe may still change its first, empty document for ours.
        await self.reads("", _INITIALIZED, element + 1)
        await self.driver.frame("#stage iframe", 0 if self.shop_page else element)
        if self.shop_page:
            await self.driver.inner_frame("#elements iframe", element)
        return await self.driver.find(selector, words)


async def _signs_in(person: Person, contact: str) -> None:
    await person.asks_for_a_code(contact)
    await person.enters(code_for(person.stack, contact))


async def _chooses(person: Person, _contact: str) -> None:
    await person.sees("[data-key='use']", 1)  # as it grows, it moves what is above it
    await person.chooses(0)
    await person.reads("selected")  # the second element moves as the first one folds
    await person.chooses(1)


async def _enters_a_late_code(person: Person, contact: str) -> None:
    await person.asks_for_a_code(contact)
    late = code_for(person.stack, contact)
    await person.reads("minutes pass")
    await person.waits(_AFTER_A_CODE_MS)
    await person.asks_again()
    await person.reads("", "#messages li", 2)
    await person.enters(late)


async def _signs_in_after_a_reload(person: Person, contact: str) -> None:
    await person.types("contact", contact)
    await person.presses("Send code")
    await person.reads("", "#steps li[title*='api: init 200']", times=2)
    await person.types("contact", contact)
    await person.presses("I have a code")
    await person.enters(code_for(person.stack, contact))


async def _signs_in_by_a_known_number(person: Person, _contact: str) -> None:
    await person.types("contact", "254712345678")
    await person.reads_in_element("Kenya", "#contact-number")
    await person.waits(_AFTER_READING_MS)
    await person.presses("Send code")
    await person.reads("strangers: ")
    await person.enters(code_for(person.stack, "+254712345678"))


async def _signs_in_on_the_shops_page(person: Person, contact: str) -> None:
    await _signs_in(replace(person, shop_page=True), contact)


async def _signs_out(person: Person, contact: str) -> None:
    await _signs_in(person, contact)
    await person.presses("Sign out")


async def _steps_up(person: Person, _contact: str) -> None:
    await person.changes("remove")
    sent = person.stack.outbox.sent
    await _signs_in(person, next(one.contact for one in sent if one.contact.endswith(_OF_SHOP)))
    await person.changes("confirm")


BY_HAND: Final[Mapping[str, Callable[[Person, str], Awaitable[None]]]] = MappingProxyType(
    {
        "sign-in-by-code": _signs_in,
        "choose": _chooses,
        "late-code": _enters_a_late_code,
        "reload-while-waiting": _signs_in_after_a_reload,
        "strangers-number": _signs_in_by_a_known_number,
        "siblings": _signs_in,
        "reload-keeps": _signs_in_on_the_shops_page,
        "sign-out": _signs_out,
        "step-up": _steps_up,
    }
)
"""The scenarios that wait for a person, and what the person does."""
