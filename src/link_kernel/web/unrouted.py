"""Answers what no route takes: 404, or 405 for a path that exists.

aiohttp's own answer is an exception and a handler made for each request, which costs more than most
calls: a flood of unknown paths should be cheaper than genuine calls, not dearer.
"""

from collections.abc import Collection
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
        path = request.rel_url.path_safe
        if path in fixed:
            raise method_refused(methods_at(app, path))
        for resource in others:
            _, methods = await resource.resolve(request)
            if methods:
                raise method_refused(methods)
        raise NotFound("path")

    app.router.add_route(hdrs.METH_ANY, _ANY_PATH, refuse)


def methods_at(app: web.Application, pattern: str) -> set[str]:
    """Return the methods of a pattern's routes, of which one path may have several."""
    found = (resource for resource in app.router.resources() if resource.canonical == pattern)
    return {route.method for resource in found for route in resource}


def method_refused(methods: Collection[str]) -> MethodNotAllowed:
    """Return the refusal of any other method, which names these in `Allow` (RFC 9110)."""
    return MethodNotAllowed("method", headers={hdrs.ALLOW: ", ".join(sorted(methods))})


def route_pattern(request: web.Request) -> str | None:
    """Return the pattern of a request's route, such as `/addresses/{id}`; `None` if it has none."""
    resource = request.match_info.route.resource
    pattern = None if resource is None else resource.canonical
    return None if pattern == _CANONICAL else pattern
