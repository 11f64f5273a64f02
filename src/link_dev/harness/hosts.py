"""Virtual hosts: five origins on one port, each with an application of its own."""

from collections.abc import Mapping
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from link_dev.harness.addresses import LOOPBACK, host
from link_kernel.metrics import Metrics
from link_kernel.web.application import new_application
from link_kernel.web.unrouted import route_the_rest

_MISDIRECTED: Final = 421


def host_name(request: web.Request) -> str:
    """Return the name in the `Host` of a call."""
    return request.host.partition(":")[0].lower()


def by_host(
    roots: Mapping[str, web.Application], own: web.Application, metrics: Metrics
) -> web.Application:
    """Return an application that routes each call by its `Host`; 421 for an unknown host.

    `own` serves the host 127.0.0.1, for programs that do not resolve `*.localhost`.
    """
    roots_by_name = {host(name): root for name, root in roots.items()} | {LOOPBACK: own}

    @web.middleware
    async def reject_unknown_hosts(request: web.Request, handler: Handler) -> web.StreamResponse:
        if host_name(request) in roots_by_name:
            return await handler(request)
        text = f"No such host here. It serves: {', '.join(sorted(roots_by_name))}.\n"
        return web.Response(status=_MISDIRECTED, text=text)

    app = new_application(metrics)
    app.middlewares.append(reject_unknown_hosts)
    for name, root in roots_by_name.items():
        route_the_rest(root)
        app.add_domain(name, root)
    return app
