"""The measured servers, each in its own process, which reports its CPU time."""

import asyncio
import resource
from multiprocessing.connection import Connection
from typing import Final

import uvloop
from aiohttp import web

from elements_bridge.app import open_bridge
from elements_bridge.settings import Settings
from link_api.app import open_link_api
from link_api.settings import Settings as LinkSettings
from link_kernel.clock import SystemClock
from link_kernel.logs import configure_logs
from link_kernel.web.application import new_application
from link_kernel.web.server import Runner

BARE_BODY: Final = b"x" * 300
_HOST: Final = "127.0.0.1"


def serve_bare(pipe: Connection) -> None:
    """Serve a handler that reads the body and returns 300 bytes: the baseline, aiohttp alone."""

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(body=BARE_BODY, content_type="application/json")

    async def run() -> None:
        app = web.Application()
        app.router.add_post("/bare", answer)
        await _serve(app, pipe)

    uvloop.run(run())


def serve_bridge(pipe: Connection, settings: Settings, *, internal: bool = False) -> None:
    """Serve one listener of the bridge as it is deployed, with its logs at `warning`."""
    configure_logs("json", "warning")

    async def run() -> None:
        async with open_bridge(settings, clock=SystemClock()) as bridge:
            app = new_application(bridge.metrics)
            if internal:
                bridge.mount_internal(app)
            else:
                bridge.mount_public(app)
            await _serve(app, pipe)

    uvloop.run(run())


def serve_internal(pipe: Connection, settings: Settings) -> None:
    """Serve the internal listener, where gateways ask."""
    serve_bridge(pipe, settings, internal=True)


def serve_link_api(pipe: Connection, settings: LinkSettings) -> None:
    """Serve the Link API as it is deployed, with its logs at `warning`."""
    configure_logs("json", "warning")

    async def run() -> None:
        async with open_link_api(settings, clock=SystemClock()) as api:
            app = new_application(api.metrics)
            api.mount(app)
            await _serve(app, pipe)

    uvloop.run(run())


async def _serve(app: web.Application, pipe: Connection) -> None:
    """Listen, send the port, then answer each word with the CPU seconds used so far."""
    runner = Runner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, _HOST, 0)
    await site.start()
    pipe.send(runner.addresses[0][1])
    asked = asyncio.Event()
    asyncio.get_running_loop().add_reader(pipe.fileno(), asked.set)
    while True:
        await asked.wait()
        asked.clear()
        if pipe.recv() == "end":
            break
        used = resource.getrusage(resource.RUSAGE_SELF)
        pipe.send(used.ru_utime + used.ru_stime)
    await runner.cleanup()
