"""Serves the OpenAPI document of an API, without the JSON envelope."""

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


def document_of(api: ApiDescription) -> Handler:
    """Return a handler that serves the document, or 304 if the client's ETag matches.

    The document is built at the first request, so that it does not delay the start.
    """

    @cache
    def build() -> tuple[str, str]:
        text = text_of(openapi(api))
        return text, sha256_hex(text)

    async def show(request: web.Request) -> web.Response:
        text, etag = build()
        client_etags = request.if_none_match or ()
        if any(client_etag.value in {etag, "*"} for client_etag in client_etags):
            response = web.Response(status=304)
        else:
            response = web.Response(text=text, content_type=JSON)
        response.etag = etag
        response.headers[hdrs.CACHE_CONTROL] = _CACHING
        return response

    return show
