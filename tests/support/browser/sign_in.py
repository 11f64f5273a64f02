"""Sign-in steps: a customer's in the frame, and a shop's on its own page."""

from typing import Final

from playwright.async_api import Frame, FrameLocator, expect

from link_dev.stack import Stack
from tests.support.browser.servers import Servers
from tests.support.browser.shop import ShopPage
from tests.support.browser.visitor import Visitor

GHANA: Final = "GH 233 0"
LINK_AUTH: Final = "/v1/link/auth"
MESSAGES: Final = """
window.OTPCredential = class {};
window.otp = [];
const get = ({ otp, signal }) => new Promise((resolve, reject) => {
  const wait = { transport: otp.transport, arrive: (code) => resolve({ code }), isOver: false };
  signal.addEventListener('abort', () => {
    wait.isOver = true;
    reject(signal.reason);
  });
  window.otp.push(wait);
});
if (isSecureContext) Object.defineProperty(navigator.credentials, 'get', { value: get });
"""
"""Stands for the SMS, and for the browser that reads it by WebOTP, which need a telephone."""
_SECOND_LATER: Final = """() => {
  const now = performance.now.bind(performance);
  performance.now = () => now() + 1000;
}"""


def code_for(stack: Stack, contact: str) -> str:
    """Return the newest code sent to a contact."""
    return next(sent.code for sent in stack.outbox.sent if sent.contact == contact)


async def ask_for_code(element: FrameLocator, contact: str) -> None:
    """Type the contact and wait for the form that takes the code."""
    await element.get_by_label("Phone number or e-mail").fill(contact)
    await element.get_by_role("button", name="Send code").click()
    await expect(element.get_by_label("Code", exact=True)).to_be_visible()


async def read_the_number(frame: Frame) -> None:
    """Let the second pass in which a shown number of another country is read, and not sent."""
    await frame.evaluate(_SECOND_LATER)


async def enter_code(element: FrameLocator, code: str) -> None:
    """Type a code and send it."""
    await element.get_by_label("Code", exact=True).fill(code)
    await element.get_by_role("button", name="Continue").click()


async def sign_in_by_code(shop: ShopPage, stack: Stack, contact: str, index: int = 0) -> None:
    """Sign a customer in inside one element, as far as `authenticated`."""
    element = shop.element(index)
    await ask_for_code(element, contact)
    await enter_code(element, code_for(stack, contact))
    await shop.hear("authenticated")


async def link_token(servers: Servers, contact: str) -> str:
    """Sign a customer in outside of any element, and return the `lnk_` that a shop then has."""
    claim = {"contact": contact, "contact_type": "email"}
    url = servers.origin("api") + LINK_AUTH
    async with servers.http.post(f"{url}/request-otp", json=claim) as response:
        assert response.status == 200, await response.text()
    code = {"otp_code": code_for(servers.stack, contact)}
    async with servers.http.post(f"{url}/verify-otp", json=claim | code) as response:
        assert response.status == 200, await response.text()
        return str((await response.json())["session_token"])


async def open_in_country(visitor: Visitor, country: str) -> None:
    """Let the documents name the shop's country, such as `KE 254 0`: what a number means there."""

    def change(_headers: dict[str, str], text: str) -> str:
        assert "<head>" in text
        named = f'<head><meta name="country" content="{country}">'
        return text.replace("<head>", named, 1)

    await visitor.change_frame_documents(change)


async def open_wallets_in_ghana(visitor: Visitor, stack: Stack, contact: str) -> ShopPage:
    """Open a shop of Ghana with the wallets of a customer who has signed in by a code."""
    await open_in_country(visitor, GHANA)
    shop = await visitor.shop("payment")
    await sign_in_by_code(shop, stack, contact)
    return shop
