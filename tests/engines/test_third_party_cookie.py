"""The cookie of a shop's login over https, where browsers judge it as they do on the internet."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest
from aiohttp import web

from link_dev.embedded.free_port import free_port
from link_dev.harness.addresses import LOOPBACK, Ports
from link_dev.stack import Plan, Stack, open_stack
from tests.support.browser.sign_in import code_for
from tests.support.engines.modes import TABLE, ModeName
from tests.support.engines.running import running_engine
from tests.support.engines.webdriver import WebDriver
from tests.support.installing.engines import EngineName
from tests.support.servers.certificates import Authority
from tests.support.servers.fault_proxy import FaultProxy

pytestmark = pytest.mark.asyncio(loop_scope="session")

REFUSED: Final = "401 UNAUTHENTICATED"  # as a shop that must refresh on its server is told
LOG_IN: Final = """
  const [url, contact, code] = given;
  const claim = { contact, contact_type: 'email', ...(code && { otp_code: code }) };
  const response = await fetch(`${url}/${code ? 'verify' : 'request'}-otp`, {
    method: 'POST', credentials: 'include', body: JSON.stringify(claim),
    headers: { 'Content-Type': 'application/json' },
  });
  return response.json();
"""
REFRESH: Final = """
  const [url, body] = given;
  const response = await fetch(`${url}/refresh`, {
    method: 'POST', credentials: 'include', body: JSON.stringify(body),
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': crypto.randomUUID() },
  });
  const { error } = await response.json();
  return `${response.status} ${error?.code ?? ''}`.trim();
"""


@asynccontextmanager
async def blank_pages(certified: ssl.SSLContext, port: int) -> AsyncIterator[None]:
    """Serve an empty page over https, whatever the host."""

    async def blank(_request: web.BaseRequest) -> web.Response:
        return web.Response(text="<!doctype html><title>Blank</title>", content_type="text/html")

    runner = web.ServerRunner(web.Server(blank))
    await runner.setup()
    await web.TCPSite(runner, LOOPBACK, port, ssl_context=certified).start()
    try:
        yield
    finally:
        await runner.cleanup()


@dataclass(frozen=True)
class Visit:
    """A browser, and the Link API over https."""

    driver: WebDriver
    stack: Stack
    api: str

    async def refresh_by_cookie(self, page: str) -> tuple[str, str]:
        """Log in on a page, and refresh; return the outcome, and the `rfr_` of the login."""
        url, contact = f"{self.api}/v1/link/auth", f"{urlsplit(page).hostname}@cookie.example"
        await self.driver.open(page)
        await self.driver.wait(LOG_IN, url, contact, "")
        login = await self.driver.wait(LOG_IN, url, contact, code_for(self.stack, contact))
        return await self.driver.wait(REFRESH, url, {}), str(login["refresh_token"])

    async def refresh_by_body(self, unverified_token: str) -> str:
        """Refresh as a server does, or a page that was told the token; return the outcome."""
        body = {"refresh_token": unverified_token}
        return str(await self.driver.wait(REFRESH, f"{self.api}/v1/link/auth", body))


@pytest.mark.parametrize(
    ("engine", "mode"),
    [pytest.param(*cell, marks=pytest.mark.xdist_group("-".join(cell))) for cell in TABLE],
)
async def test_the_table_holds_over_https_too(
    engine: EngineName, mode: ModeName, tmp_path: Path
) -> None:
    """WebKitGTK keeps the cookie on a page of its own site, and refuses it as another site's."""
    ports, port = Ports.free(), free_port()
    shop, own = (f"https://{name}.localhost:{port}" for name in ("shop", "api"))
    plan = Plan(ports=ports, link={"allowed_origins": frozenset({shop, own})})
    certified = Authority.in_folder(tmp_path).server("api.localhost")
    async with (
        open_stack(plan) as stack,
        FaultProxy(ports.public, certified).running() as secure,
        blank_pages(certified, port),
        running_engine(engine, mode) as driver,
    ):
        visit = Visit(driver, stack, f"https://api.localhost:{secure}")
        at_shop, token = await visit.refresh_by_cookie(shop)
        if TABLE[engine, mode].lacks:
            assert REFUSED == at_shop
            assert "200" == await visit.refresh_by_body(token)
        else:
            assert "200" == at_shop
        at_own, _ = await visit.refresh_by_cookie(own)

    assert (REFUSED if mode == "blocked" else "200") == at_own
