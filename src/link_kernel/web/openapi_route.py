"""Serves the OpenAPI document of a surface, bare."""

from functools import cache
from typing import Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from link_kernel.contract.json_schema import text_of
from link_kernel.contract.openapi import openapi
from link_kernel.contract.operations import ApiDescription
from link_kernel.ids import sha256_hex
from link_kernel.web.request import JSON

_CACHING: Final = "public, max-age=300"


def document_of(surface: ApiDescription) -> Handler:
    """Return a handler that answers the document, or 304 to whoever has it.

    It is made once, when it is first asked for: no start waits for it.
    """

    @cache
    def made() -> tuple[str, str]:
        text = text_of(openapi(surface))
        return text, sha256_hex(text)

    async def show(request: web.Request) -> web.Response:
        text, etag = made()
        known = request.if_none_match or ()
        if any(one.value in {etag, "*"} for one in known):
            response = web.Response(status=304)
        else:
            response = web.Response(text=text, content_type=JSON)
        response.etag = etag
        response.headers[hdrs.CACHE_CONTROL] = _CACHING
        return response

    return show
