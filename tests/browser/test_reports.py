"""Real browsers report what a frame document's policy stopped, and which page they refused."""

import base64
import hashlib
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.async_api import Browser, Page
from redis.asyncio import Redis

from elements_bridge.app import open_bridge
from elements_bridge.businesses.rejected_origins import RedisRejectedOrigins
from elements_bridge.keyring import KeyringFile
from link_dev.stack import Stack
from link_kernel.redis import keys as redis_keys
from link_kernel.web.application import new_application
from tests.support.browser.chromium import connected_chromium
from tests.support.browser.visitor import Visitor
from tests.support.clients.bridge_client import BUSINESS, LINK, SHOP, configure, settings_for
from tests.support.logged import logged_text
from tests.support.servers.certificates import Authority
from tests.support.servers.production_server import ProductionTestServer
from tests.support.time_machine import MovableClock
from tests.support.waiting import until, until_answered

pytestmark = pytest.mark.asyncio(loop_scope="session")

EVIL: Final = "https://evil.example"
BLOCKED: Final = '"event":"unverified_frame_blocked"'
# By a timer, for what DevTools runs itself may do what the page may not.
INJECT: Final = """() => new Promise((resolve) => setTimeout(() => {
  try { document.body.innerHTML = '<b>elr_AbCdEfGhIjKlMnOp</b>'; } catch { resolve(); }
}))"""
SINK: Final = (
    '"code":"require-trusted-types-for","event":"unverified_csp_violation",'
    '"detail":"trusted-types-sink"'
)


async def test_an_unlisted_page_is_told_by_the_browser_that_refused_it(
    visitor: Visitor, redis: Redis
) -> None:
    """Nobody else knows: no script of ours ran, and the page's bootstrap never came."""
    visitor.expect_error("frame-ancestors")
    with logged_text() as logged:
        await visitor.shop("payment", host="evil")
        [report] = await visitor.servers.called("reports")
        await until(lambda: BLOCKED in logged.getvalue())

    assert (200, "null") == (report["status"], report["origin"])
    assert (
        f'{BLOCKED},"detail":"not_listed","count":1,"business_id":"bus_demo"' in logged.getvalue()
    )
    rejected = RedisRejectedOrigins(redis)

    async def is_kept() -> bool:
        kept = [each.origin for each in await rejected.of("bus_demo")]
        return kept == [visitor.origin("evil")]

    await until_answered(is_kept)


async def test_markup_in_a_frame_is_told_without_a_word_of_it(visitor: Visitor) -> None:
    """Over http browsers have no Reporting API, and `report-uri` tells it at once."""
    visitor.expect_error("requires 'Trusted")
    shop = await visitor.shop("payment")
    await shop.hear("initialized")
    with logged_text() as logged:
        await (await shop.frame()).evaluate(INJECT)
        await visitor.servers.called("reports")
        await until(lambda: SINK in logged.getvalue())
    assert "elr_" not in logged.getvalue()


@pytest_asyncio.fixture(loop_scope="session")
async def secure_browser(
    chromium: str,
    tmp_path: Path,
    stack: Stack,
    redis: Redis,
    keyring: KeyringFile,
    clock: MovableClock,
) -> AsyncIterator[Browser]:
    """A Chromium that reaches a bridge by TLS, and whose Reporting API does not wait a minute."""
    authority = Authority.in_folder(tmp_path)
    context = authority.server()
    key = x509.load_pem_x509_certificate((tmp_path / "127.0.0.1.pem").read_bytes()).public_key()
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pinned = base64.b64encode(hashlib.sha256(spki).digest()).decode()
    async with open_bridge(settings_for(stack.redis_url, keyring), clock=clock) as bridge:
        await configure(bridge.internal.businesses)
        root = new_application(bridge.metrics)
        bridge.mount_public(root)
        server = ProductionTestServer(root, scheme="https")
        await server.start_server(ssl=context)
        try:
            async with connected_chromium(
                chromium,
                f"--host-resolver-rules=MAP link.cimplify.io 127.0.0.1:{server.port}",
                f"--ignore-certificate-errors-spki-list={pinned}",
                "--short-reporting-delay",
            ) as browser:
                yield browser
        finally:
            await server.close()
            await redis.delete(redis_keys.business(BUSINESS))


async def test_over_https_the_reporting_api_tells_it_and_report_uri_the_refused_page(
    secure_browser: Browser,
) -> None:
    """Chromium ignores `report-uri` beside `report-to`, but in the policy of `frame-ancestors`."""
    context = await secure_browser.new_context()
    page = await context.new_page()
    with logged_text() as logged:
        await embed(page, SHOP)
        frame = next(frame for frame in page.frames if frame.url.startswith(LINK))
        await frame.evaluate(INJECT)
        await until(lambda: SINK in logged.getvalue())
        await embed(page, EVIL)
        await until(lambda: BLOCKED in logged.getvalue())
        # The shop is listed, but the page around it is not.
        await embed(page, SHOP, inside=EVIL)
        await until(lambda: 2 == logged.getvalue().count(BLOCKED))
    details = re.findall(rf'{BLOCKED},"detail":"(\w+)"', logged.getvalue())
    assert ["not_listed", "unknown"] == details


async def embed(page: Page, shop: str, *, inside: str = "") -> None:
    """Open a page of an origin with an element's iframe, or a page around that page."""
    document = f"{LINK}/elements/payment?business_id={BUSINESS}&parent_origin={shop}&v=1"
    html = {
        f"{shop}/pay": f"<!doctype html><iframe src='{document}'></iframe>",
        f"{inside}/around": f"<!doctype html><iframe src='{shop}/pay'></iframe>",
    }
    await page.unroute_all()
    await page.route(
        lambda url: url in html,
        lambda route: route.fulfill(body=html[route.request.url], content_type="text/html"),
    )
    await page.goto(f"{inside}/around" if inside else f"{shop}/pay")
