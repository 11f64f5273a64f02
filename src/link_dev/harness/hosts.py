"""One port, five origins: each host name has a root application of its own."""

from collections.abc import Mapping
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from link_dev.harness.addresses import LOOPBACK, host
from link_kernel.web.request import MAX_BODY_BYTES

_MISDIRECTED: Final = 421


def by_host(roots: Mapping[str, web.Application], own: web.Application) -> web.Application:
    """Return an application that hands each call to the root of its `Host`; 421 for others.

    `own` is what programs on this machine reach, which do not resolve `*.localhost`.

    Only the outermost application's size limit counts for a body, so it stands here again.
    """
    roots_by_name = {host(name): root for name, root in roots.items()} | {LOOPBACK: own}

    @web.middleware
    async def know_the_host(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.host.partition(":")[0].lower() in roots_by_name:
            return await handler(request)
        text = f"No such host here. It serves: {', '.join(sorted(roots_by_name))}.\n"
        return web.Response(status=_MISDIRECTED, text=text)

    app = web.Application(middlewares=[know_the_host], client_max_size=MAX_BODY_BYTES)
    for name, root in roots_by_name.items():
        app.add_domain(name, root)
    return app
