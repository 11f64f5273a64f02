"""A cookie of the shop's login for each harness page: tabs of one browser have one cookie jar.

The Link API knows one name of a cookie. What a page calls for its own business has another one on
its way, from the browser and to it.
"""

import re
from contextlib import suppress
from typing import Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from link_api.auth.routes import REFRESH_COOKIE
from link_api.contract.operations import PREFIX
from link_dev.harness.whose import asked_for
from link_kernel.ids import BUSINESS_ID_PATTERN

_OF_LOGIN: Final = f"{PREFIX}/auth/"
# Each page that a person opens leaves one more, and a header has room for some seventy of them.
_KEPT_S: Final = 4 * 60 * 60


def own_cookies(handle: Handler) -> Handler:
    """Return what gives each page that names its business a cookie of its own."""

    async def handle_renamed(request: web.Request) -> web.StreamResponse:
        business_id = asked_for(request) or ""
        is_own = re.fullmatch(BUSINESS_ID_PATTERN, business_id)
        if not is_own or not request.path.startswith(_OF_LOGIN):
            return await handle(request)
        own = f"{REFRESH_COOKIE}-{business_id}"
        headers = request.headers.copy()
        headers.popall(hdrs.COOKIE, None)
        if own in request.cookies:
            headers[hdrs.COOKIE] = f"{REFRESH_COOKIE}={request.cookies[own]}"
        renamed = request.clone(headers=headers)
        response = await handle(renamed)
        for cookie in response.headers.popall(hdrs.SET_COOKIE, []):
            response.headers.add(hdrs.SET_COOKIE, _renamed(cookie, own))
        with suppress(ConnectionError):  # its own server handles it, when it comes to write
            await response.prepare(renamed)  # it knows the route, and the given request does not
        return response

    return handle_renamed


def _renamed(cookie: str, own: str) -> str:
    _, _, rest = cookie.partition("=")
    return f"{own}={rest}" if "; Max-Age=" in rest else f"{own}={rest}; Max-Age={_KEPT_S}"
