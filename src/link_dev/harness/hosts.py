"""Virtual hosts: five origins on one port, each with an application of its own."""

from collections.abc import Iterable, Mapping
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from link_kernel.observability.metrics import Metrics
from link_kernel.web.application import new_application
from link_kernel.web.unrouted import route_the_rest

_MISDIRECTED: Final = 421


def host_name(request: web.Request) -> str:
    """Return the name in the `Host` of a call."""
    return request.host.partition(":")[0].lower()


def by_host(
    roots: Mapping[str, web.Application], metrics: Metrics | None = None, also: Iterable[str] = ()
) -> web.Application:
    """Return an application that routes each call by its `Host`; 421 for an unknown host.

    `also` are hosts that are served here by something else.
    """
    known = sorted({*roots, *also})

    @web.middleware
    async def reject_unknown_hosts(request: web.Request, handler: Handler) -> web.StreamResponse:
        if host_name(request) in roots:
            return await handler(request)
        text = f"No such host here. It serves: {', '.join(known)}.\n"
        return web.Response(status=_MISDIRECTED, text=text)

    app = new_application(metrics)
    app.middlewares.append(reject_unknown_hosts)
    for name, root in roots.items():
        route_the_rest(root)
        app.add_domain(name, root)
    return app
