"""The pages of the three demo shops: the harness, `/tab`, `/diagnose`, and `/embed` for tests."""

from pathlib import Path
from typing import Final

from aiohttp import hdrs, web

from link_kernel.errors import NotFound

_FOLDER: Final = Path(__file__).parents[3] / "static" / "harness"
_CONTENT_TYPES: Final = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".svg": "image/svg+xml",
}
# Not `no-store`, which would keep the pages out of the back-forward cache; tests need that cache.
_CACHING: Final = "no-cache"


def add_harness(root: web.Application, csp: str) -> None:
    """Add `/`, the harness page, with the CSP that we tell merchants to set."""
    _add_page(root, "/", "index.html", csp)


def add_diagnose(root: web.Application, link: str) -> None:
    """Add `/diagnose`, a page that asks the bridge why an element stays blank on this host."""
    csp = (
        f"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        f"img-src 'self'; style-src 'self'; script-src 'self'; connect-src {link}"
    )
    _add_page(root, "/diagnose", "diagnose.html", csp)


def add_tab(root: web.Application, api: str) -> None:
    """Add `/tab`, a page of the shop that a scenario opens several times, like tabs."""
    csp = (
        f"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
        f"style-src 'self'; script-src 'self'; connect-src {api}"
    )
    _add_page(root, "/tab", "page/tab.html", csp)


def add_embed(root: web.Application) -> None:
    """Add `/embed`, a page that mounts the elements of its query, and the modules of all pages."""
    root.router.add_get("/embed", _embed)
    root.router.add_get(r"/harness/{name:(?:[a-z]+/)*[a-z-]+\.(?:js|css|svg)}", _module)


def merchant_csp(link: str, *, api: str, evil: str) -> str:
    """Return the harness's CSP: a merchant's three entries, and the hosts the scenarios need."""
    return (
        f"default-src 'none'; base-uri 'none'; form-action 'none'; img-src 'self' data:; "
        f"style-src 'self'; script-src 'self' {link}; frame-src 'self' {link} {evil}; "
        f"connect-src 'self' {link} {api}"
    )


def _add_page(root: web.Application, path: str, name: str, csp: str) -> None:
    async def page(_request: web.Request) -> web.Response:
        response = _file(name)
        response.headers["Content-Security-Policy"] = csp
        return response

    root.router.add_get(path, page)


async def _embed(_request: web.Request) -> web.Response:
    return _file("page/embed.html")


async def _module(request: web.Request) -> web.Response:
    return _file(request.match_info["name"])


def _file(name: str) -> web.Response:
    path = _FOLDER / name
    try:
        content = path.read_bytes()  # read at each call, so that an edit shows at the next reload
    except FileNotFoundError:
        raise NotFound("harness file") from None
    return web.Response(
        body=content,
        content_type=_CONTENT_TYPES[path.suffix],
        charset="utf-8",
        headers={hdrs.CACHE_CONTROL: _CACHING, "X-Content-Type-Options": "nosniff"},
    )
