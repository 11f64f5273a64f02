"""The unit of the reports: a bare aiohttp handler on uvloop, 300 bytes, no body read.

python -m benchmarks.bare PORT
"""

import asyncio
import sys
from typing import Final

import uvloop
from aiohttp import web

PATH: Final = "/bare"
BODY: Final = b"x" * 300


async def answer(_request: web.Request) -> web.Response:
    """`GET /bare`."""
    return web.Response(body=BODY, content_type="application/json")


async def serve(port: int) -> None:
    """Serve until the process is ended."""
    app = web.Application()
    app.router.add_get(PATH, answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
