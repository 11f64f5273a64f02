"""Steps of a customer in their contacts and account."""

from typing import Final

from playwright.async_api import FrameLocator, expect

from link_dev.stack import Stack

_SUBMIT: Final = ".account [type=submit]"


def code_to(stack: Stack, contact: str) -> str:
    """Return the newest code sent to a contact; a notice has none."""
    return next(sent.code for sent in stack.outbox.sent if sent.contact == contact and sent.code)


async def open_account(element: FrameLocator) -> None:
    """Open the contacts and account of a customer who is signed in."""
    await element.locator("[data-key=open]").click()
    await expect(element.locator(".contacts")).to_be_visible()


async def begin(element: FrameLocator, task: str, contact: str = "") -> None:
    """Begin a task, of a contact if its masked text is said, as far as the form for its code."""
    place = element.locator(".contacts li", has_text=contact) if contact else element
    await place.locator(f'[data-key="{task}"], [data-key^="{task} "]').click()
    await expect(element.locator("#field-to")).to_be_visible()


async def ask_for_code(element: FrameLocator, to: str | None = None) -> None:
    """Send the code, to one of the customer's contacts if one is said, and wait for its form."""
    if to is not None:
        await element.locator("#field-to").select_option(label=to)
    await element.locator(_SUBMIT).click()
    await expect(element.locator("#account-code")).to_be_visible()


async def enter_code(element: FrameLocator, code: str) -> None:
    """Type a code and send it."""
    await element.locator("#account-code").fill(code)
    await element.locator(_SUBMIT).click()


async def type_contact(
    element: FrameLocator, stack: Stack, task: str, *, own: str, other: str
) -> None:
    """Do a task that takes a contact, by a code to the customer's own and one to the typed one."""
    await begin(element, task)
    await ask_for_code(element)
    await enter_code(element, code_to(stack, own))
    await element.locator("#account-contact").fill(other)
    await ask_for_code(element)
    await enter_code(element, code_to(stack, other))


async def add_contact(element: FrameLocator, stack: Stack, own: str, new: str) -> None:
    """Add a contact by both codes, as far as the answer to the second."""
    await type_contact(element, stack, "add_contact", own=own, other=new)
    await expect(element.locator(".contacts, #field-to")).to_be_visible()
