"""`GET|POST /authorize` on the internal listener: forward-auth for nginx, Caddy and the like."""

import logging
import re
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from elements_bridge.http.credentials import proof_urls
from elements_bridge.services import SERVICES, Services
from link_kernel.auth.access_token import VerifiedAccessToken
from link_kernel.auth.authenticator import UnverifiedCredentials, random_request_hash
from link_kernel.auth.requirements import Requirements
from link_kernel.errors import (
    ApiError,
    IdempotencyKeyRequired,
    InsufficientScope,
    Unauthenticated,
    ValidationFailed,
)
from link_kernel.ids import sha256_hex
from link_kernel.web.credentials import read_credential, read_dpop_header
from link_kernel.web.request import JSON, read_idempotency_key
from link_kernel.web.server import FAULT, Fault

METHOD_HEADER: Final = "X-Forwarded-Method"
URI_HEADER: Final = "X-Forwarded-Uri"
REFUSAL_HEADER: Final = "X-Link-Refusal"
PATH: Final = "/authorize"
LONGEST_FIELD_BYTES: Final = 32 * 1024  # more than nginx, Apache or HAProxy take by default
_PARAMETERS: Final = frozenset({"scope", "amr", "max_age", "guest"})
_METHOD: Final = re.compile(r"[A-Z]{1,20}")
_URI: Final = re.compile(r"/[\x21-\x7e]*")
_SECONDS: Final = re.compile(r"[0-9]{1,9}")
_LISTS: Final = ("scope", "amr")

_log: Final = logging.getLogger(__name__)


async def authorize(request: web.Request) -> web.Response:
    """Answer 200 with who calls, or 401, 403, 503.

    The query is the gateway's configuration, `X-Forwarded-Method` and `X-Forwarded-Uri` are what
    the gateway was asked for. A fault in either denies, since it cannot be the customer's.
    """
    services = request.app[SERVICES].current
    try:
        access = await services.authorize.decide(
            _call(request, services), _demand(request), request_hash=_request_hash(request)
        )
    except ApiError as error:
        services.metrics.authorizations.labels(str(int(error.status))).inc()
        raise
    services.metrics.authorizations.labels("200").inc()
    return web.Response(headers={"Cache-Control": "no-store", **identity_headers(access)})


async def show_refusal(request: web.Request, response: web.StreamResponse) -> None:
    """Write the body of a refusal into a header too, one line of ASCII.

    nginx's `auth_request` keeps headers alone; so it need not ask again, which a proof that serves
    once does not survive and which might get another answer.
    """
    if not _may_be_ours(request) or response.content_type != JSON:
        return
    if isinstance(response, web.Response) and response.text and response.text.isascii():
        response.headers[REFUSAL_HEADER] = response.text


@web.middleware
async def deny_faults(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Deny what `refuse_faults` would answer with a 400: a gateway passes on what a client sent."""
    fault = request.get(FAULT)
    if fault is not None and _may_be_ours(request):
        request.app[SERVICES].current.metrics.authorizations.labels("401").inc()
        raise Unauthenticated(fault)
    return await handler(request)


def identity_headers(access: VerifiedAccessToken) -> dict[str, str]:
    """Return every `X-Link-*` header, empty where there is no value, so that none is left over."""
    return {
        "X-Link-Customer-Id": access.session_key.customer_id or "",
        "X-Link-Account-Id": access.account_id or "",
        "X-Link-Business-Id": access.business_id,
        "X-Link-Session-Id": access.session_id,
        "X-Link-Parent-Origin": access.parent_origin,
        "X-Link-Scope": " ".join(sorted(access.scopes)),
    }


def _may_be_ours(request: web.Request) -> bool:
    """Tell whether the call is one of `/authorize`; of what is no HTTP nobody knows."""
    return request.path == PATH or request.get(FAULT) is Fault.MALFORMED


def _call(request: web.Request, services: Services) -> UnverifiedCredentials:
    method, uri = _overwritten(request, METHOD_HEADER), _overwritten(request, URI_HEADER)
    if not _METHOD.fullmatch(method) or not _URI.fullmatch(uri):
        raise _misconfigured(f"{METHOD_HEADER} or {URI_HEADER}")
    try:
        credential = read_credential(request)
    except ValidationFailed as error:
        raise Unauthenticated(error.detail) from error
    if credential is None:
        raise Unauthenticated("no access token")
    urls = proof_urls(services.own_origins, uri.partition("?")[0])
    return UnverifiedCredentials(credential, read_dpop_header(request), method, urls)


def _overwritten(request: web.Request, name: str) -> str:
    """Return a header of the gateway's; nothing where it stands twice: one may be the client's."""
    values = request.headers.getall(name, [])
    return values[0] if len(values) == 1 else ""


def _demand(request: web.Request) -> Requirements:
    """Read the gateway's configuration; each parameter may stand once, and a list asks something.

    An empty list is a variable that nobody set, not a route that asks nothing.
    """
    query = request.query
    if not query.keys() <= _PARAMETERS or len(query) != len(set(query)):
        raise _misconfigured("an unknown or doubled parameter")
    if any(name in query and not _words(query[name]) for name in _LISTS):
        raise _misconfigured("an empty list")
    max_age, guest = query.get("max_age"), query.get("guest", "0")
    if guest not in {"0", "1"} or (max_age is not None and not _SECONDS.fullmatch(max_age)):
        raise _misconfigured("guest or max_age")
    return Requirements(
        scopes=_words(query.get("scope", "")),
        amr=_words(query.get("amr", "")),
        max_age_s=None if max_age is None else int(max_age),
        admits_guests=guest == "1",
    )


def _request_hash(request: web.Request) -> str:
    """Name the request by its key; without a usable one its proof serves it once."""
    try:
        return sha256_hex(read_idempotency_key(request))
    except (IdempotencyKeyRequired, ValidationFailed):
        return random_request_hash()


def _words(text: str) -> frozenset[str]:
    return frozenset(text.replace(",", " ").split())


def _misconfigured(what: str) -> InsufficientScope:
    _log.error("gateway_misconfigured", extra={"reason": what})
    return InsufficientScope(what, details={"missing": "configuration", "gateway": what})
