"""Virtual hosts: five origins on one port, each with an application of its own."""

from collections.abc import Mapping
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from link_dev.harness.addresses import LOOPBACK, host
from link_kernel.web.request import MAX_BODY_BYTES

_MISDIRECTED: Final = 421


def by_host(roots: Mapping[str, web.Application], own: web.Application) -> web.Application:
    """Return an application that routes each call by its `Host`; 421 for an unknown host.

    `own` serves the host 127.0.0.1, for programs that do not resolve `*.localhost`. aiohttp applies
    only the outermost application's limit of a body's size, so the limit is set here again.
    """
    roots_by_name = {host(name): root for name, root in roots.items()} | {LOOPBACK: own}

    @web.middleware
    async def reject_unknown_hosts(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.host.partition(":")[0].lower() in roots_by_name:
            return await handler(request)
        text = f"No such host here. It serves: {', '.join(sorted(roots_by_name))}.\n"
        return web.Response(status=_MISDIRECTED, text=text)

    app = web.Application(middlewares=[reject_unknown_hosts], client_max_size=MAX_BODY_BYTES)
    for name, root in roots_by_name.items():
        app.add_domain(name, root)
    return app
