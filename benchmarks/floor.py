"""The floor of a handshake: a trivial server, page and frame that make the same calls.

A document, a script, two POSTs and the same messages, with nothing decided, signed or stored: what
a browser and aiohttp take for that on this machine.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import hdrs, web

from link_dev.embedded.free_port import free_port
from link_dev.harness.addresses import LOOPBACK, host

_SHOP: Final = """<!doctype html><title>Shop</title><main id=elements></main>
<script type=module>
import { mount } from '%s/sdk.js';
window.Link = { mount };
window.embedded = true;
</script>"""
_SDK: Final = """
const { origin } = new URL(import.meta.url);
export function mount({ element, target }) {
  const iframe = document.createElement('iframe');
  iframe.src = `${origin}/document`;
  const ready = new Promise((resolve) => {
    window.addEventListener('message', async ({ source, data }) => {
      if (source !== iframe.contentWindow) return;
      const body = JSON.stringify({ element, code_challenge: data.code_challenge });
      const headers = { 'Content-Type': 'text/plain' };
      const request = { method: 'POST', headers, body, credentials: 'omit' };
      const answer = await (await fetch(`${origin}/bootstrap`, request)).json();
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => resolve();
      iframe.contentWindow.postMessage({ type: 'init', token: answer.token }, origin, [port2]);
    });
  });
  target.append(iframe);
  return { ready };
}
"""
_DOCUMENT: Final = """<!doctype html><title>Frame</title>
<script type=module src=/frame.js></script><p>Connecting</p>"""
_FRAME: Final = """
window.addEventListener('message', async ({ data, ports: [port] }) => {
  const headers = { 'Content-Type': 'application/json' };
  const body = JSON.stringify({ bootstrap_token: data.token });
  await (await fetch('/init', { method: 'POST', headers, body, credentials: 'omit' })).json();
  port.postMessage({ type: 'initialized' });
});
parent.postMessage({ type: 'ready', code_challenge: 'A'.repeat(43) }, '*');
"""
_KEPT: Final = "public, max-age=31536000, immutable"
_ANSWER: Final = {"token": "t" * 500}


def _file(text: str, content_type: str, caching: str) -> web.Response:
    headers = {hdrs.CACHE_CONTROL: caching, hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: "*"}
    return web.Response(text=text, content_type=content_type, headers=headers)


async def _post(request: web.Request) -> web.Response:
    """Read the body and answer, readable by any origin."""
    await request.read()
    return web.json_response(_ANSWER, headers={hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: "*"})


def _app(link: str) -> web.Application:
    """Make the application; both hosts get the same answers."""
    files = {
        "/embed": (_SHOP % link, "text/html", "no-store"),
        "/sdk.js": (_SDK, "text/javascript", _KEPT),
        "/document": (_DOCUMENT, "text/html", "no-store"),
        "/frame.js": (_FRAME, "text/javascript", _KEPT),
    }

    async def serve(request: web.Request) -> web.Response:
        return _file(*files[request.path])

    app = web.Application()
    app.router.add_routes([web.get(path, serve) for path in files])
    app.router.add_routes([web.post(path, _post) for path in ("/bootstrap", "/init")])
    return app


@asynccontextmanager
async def serving_floor() -> AsyncIterator[str]:
    """Serve it meanwhile, and give the origin of its shop."""
    port = free_port()
    runner = web.AppRunner(_app(f"http://{host('link')}:{port}"), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, LOOPBACK, port).start()
        yield f"http://{host('shop')}:{port}"
    finally:
        await runner.cleanup()
