"""Answers what no route takes: 404, or 405 for a path that exists.

aiohttp's own answer is an exception and a handler made for each request, which costs more than most
calls: a flood of unknown paths should be cheaper than genuine calls, not dearer.
"""

from typing import Final

from aiohttp import hdrs, web

from link_kernel.errors import MethodNotAllowed, NotFound

_ANY_PATH: Final = "/{path:.*}"
_CANONICAL: Final = "/{path}"


def route_the_rest(app: web.Application) -> None:
    """Add the last route of an application, for every path and method."""
    resources = tuple(app.router.resources())
    fixed = {r.canonical for r in resources if isinstance(r, web.PlainResource)}
    others = tuple(r for r in resources if not isinstance(r, web.PlainResource))

    async def refuse(request: web.Request) -> web.StreamResponse:
        if request.rel_url.path_safe in fixed:
            raise MethodNotAllowed("method")
        for resource in others:
            _, methods = await resource.resolve(request)
            if methods:
                raise MethodNotAllowed("method")
        raise NotFound("path")

    app.router.add_route(hdrs.METH_ANY, _ANY_PATH, refuse)


def route_pattern(request: web.Request) -> str | None:
    """Return the pattern of a request's route, such as `/addresses/{id}`; `None` if it has none."""
    resource = request.match_info.route.resource
    pattern = None if resource is None else resource.canonical
    return None if pattern == _CANONICAL else pattern
