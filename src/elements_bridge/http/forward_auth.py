"""Forward-auth: `/authorize` on the internal listener, for nginx, Caddy and other gateways.

Any client can have a gateway ask. So what stands in the log as the fault of a gateway is only what
no client can cause: headers that are absent, doubled, of the other kind, or hold something else.
"""

import logging
import re
from functools import lru_cache
from http import HTTPStatus
from typing import Final

from aiohttp import web
from yarl import URL

from elements_bridge.http.credentials import proof_urls
from elements_bridge.services import SERVICES, Services
from elements_bridge.settings import ForwardAuthHeaders
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
from link_kernel.observability.lasting_faults import LastingFault
from link_kernel.web import application
from link_kernel.web.credentials import PROOF_HEADER, read_credential, read_dpop_header
from link_kernel.web.request import JSON, read_idempotency_key
from link_kernel.web.server import FAULT, Fault

# The method and the address of the client's request, as gateways send them.
HEADERS: Final[dict[ForwardAuthHeaders, tuple[str, str]]] = {
    "forwarded": ("X-Forwarded-Method", "X-Forwarded-Uri"),  # Caddy, Traefik, our nginx sample
    "original": ("X-Original-Method", "X-Original-URL"),  # ingress-nginx
}
REFUSAL_HEADER: Final = "X-Link-Refusal"
PATH: Final = "/authorize"
LONGEST_FIELD_BYTES: Final = 32 * 1024  # more than nginx, Apache or HAProxy take by default
_PARAMETERS: Final = frozenset({"scope", "amr", "max_age", "guest"})
_METHOD: Final = re.compile(r"[A-Z]{1,20}")
_URI: Final = re.compile(r"/[\x21-\x7e]*")
_SCHEMES: Final = ("http://", "https://")
_URL: Final = re.compile(
    r"https?://(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?(?P<uri>/[\x21-\x7e]*)"
)
# What the samples let through: one spelling, which every server reads alike.
_PLAIN_PATH: Final = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*/?")
_SECONDS: Final = re.compile(r"[0-9]{1,9}")
_CONFIGURATIONS_CACHED: Final = 256  # a gateway has one for each kind of route
_LISTS: Final = ("scope", "amr")

_log: Final = logging.getLogger(__name__)

MISCONFIGURED: Final = web.AppKey("misconfigured", LastingFault)
"""Tells of gateways with a wrong configuration: `misconfigured_gateways`."""


class GatewayMisconfigured(InsufficientScope):
    """A gateway asks with a wrong configuration, so that it lets nobody through."""

    action = "fix_integration"

    def __init__(self, what: str) -> None:
        """Take what is wrong, in few words, none of which a client chooses."""
        super().__init__(what, details={"missing": "configuration", "gateway": what})


class OddlySpelt(InsufficientScope):
    """The client's request has a method or an address that servers may read in two ways."""

    message = "Servers may read this request in two ways; `details.missing` says what to send."
    action = "fix_integration"

    def __init__(self, missing: str) -> None:
        """Take what is to be plain: `plain_method`, `plain_url` or `plain_path`."""
        super().__init__(missing, details={"missing": missing})


def misconfigured_gateways() -> LastingFault:
    """Return what tells of gateways with a wrong configuration."""
    return LastingFault(
        _log, "gateway_misconfigured", "gateway_configured_again", level=logging.ERROR
    )


async def authorize(request: web.Request) -> web.Response:
    """Answer 200 with the identity headers of the caller, or 401, 403, 503.

    The query is the gateway's configuration; two headers, which the settings name, are the client's
    request. An error in either denies the request, and the log tells the gateway's.
    """
    services, misconfigured = request.app[SERVICES].current, request.app[MISCONFIGURED]
    try:
        access = await services.authorize.decide(
            _read_client_request(request, services),
            _requirements(request.rel_url.raw_query_string),
            request_hash=_request_hash(request) if PROOF_HEADER in request.headers else "",
        )
    except ApiError as error:
        services.metrics.authorizations.labels(str(int(error.status))).inc()
        if isinstance(error, GatewayMisconfigured):
            misconfigured.met(error.detail)
        raise
    if misconfigured.lasts:
        misconfigured.not_met()
    services.metrics.authorized.inc()
    return web.Response(headers={"Cache-Control": "no-store", **identity_headers(access)})


ROUTES: Final = (web.get(PATH, authorize), web.post(PATH, authorize))


async def copy_refusal_to_header(request: web.Request, response: web.StreamResponse) -> None:
    """Copy the JSON body of an error into a header, one line of ASCII.

    nginx's `auth_request` keeps only headers. Without this header nginx would have to ask again:
    a single-use proof would fail, and the second answer might differ.
    """
    if response.status == HTTPStatus.OK or not _may_be_authorize(request):
        return
    if isinstance(response, web.Response) and response.content_type == JSON:
        text = response.text
        if text and text.isascii():
            response.headers[REFUSAL_HEADER] = text


def fault_refusal(request: web.Request) -> ApiError:
    """Return 401 where other routes answer 400: the malformed part may be the client's."""
    if not _may_be_authorize(request):
        return application.fault_refusal(request)
    request.app[SERVICES].current.metrics.authorizations.labels("401").inc()
    is_too_long = request[FAULT] is Fault.TOO_LONG
    details = application.header_bounds(request) if is_too_long else None
    return Unauthenticated(request[FAULT], details=details)


def identity_headers(access: VerifiedAccessToken) -> dict[str, str]:
    """Return every `X-Link-*` header, empty without a value, so that none of the client's stays."""
    return {
        "X-Link-Customer-Id": access.session_key.customer_id or "",
        "X-Link-Account-Id": access.account_id or "",
        "X-Link-Business-Id": access.business_id,
        "X-Link-Session-Id": access.session_id,
        "X-Link-Parent-Origin": access.parent_origin,
        "X-Link-Scope": " ".join(sorted(access.scopes)),
    }


def _may_be_authorize(request: web.Request) -> bool:
    """Tell whether a request may be one of `/authorize`; malformed HTTP has no path."""
    return request.path == PATH or request.get(FAULT) in {Fault.MALFORMED, Fault.TOO_LONG}


def path_of_original_url(url: str) -> str:
    """Return the raw path of an `X-Original-URL`, as ingress-nginx writes it.

    Its host is the client's `Host`, in which nginx allows `?`, `#` and `@`: a URL that two parsers
    may read in two ways is denied. So is a path that has other spellings, since ingress-nginx
    chooses its rule by the decoded path, and has no means to refuse one.
    """
    if not url.startswith(_SCHEMES):
        raise GatewayMisconfigured("X-Original-URL")
    found = _URL.fullmatch(url)
    if found is None:
        raise OddlySpelt("plain_url")
    path = found["uri"].partition("?")[0]
    if not _PLAIN_PATH.fullmatch(path):
        raise OddlySpelt("plain_path")
    return path


def _read_client_request(request: web.Request, services: Services) -> UnverifiedCredentials:
    method, path = _described_request(request, services.forward_auth_headers)
    try:
        credential = read_credential(request)
    except ValidationFailed as error:
        raise Unauthenticated(error.detail) from error
    if credential is None:
        raise Unauthenticated("no access token")
    urls = proof_urls(services.own_origins, path)
    return UnverifiedCredentials(credential, read_dpop_header(request), method, urls)


def _described_request(request: web.Request, named: ForwardAuthHeaders) -> tuple[str, str]:
    """Return method and raw path of the client's request.

    A gateway overwrites its own headers alone: beside them the others are a client's, who would
    choose what is authorized if the setting named the wrong ones.
    """
    others = [name for kind, names in HEADERS.items() if kind != named for name in names]
    if any(name in request.headers for name in others):
        raise GatewayMisconfigured(" or ".join(others))
    method, address = [_gateway_header(request, name) for name in HEADERS[named]]
    if not _METHOD.fullmatch(method):
        raise OddlySpelt("plain_method")
    if named == "original":
        return method, path_of_original_url(address)
    if not address.startswith("/"):
        raise GatewayMisconfigured(HEADERS[named][1])
    if not _URI.fullmatch(address):
        raise OddlySpelt("plain_url")
    return method, address.partition("?")[0]


def _gateway_header(request: web.Request, name: str) -> str:
    """Return a header that the gateway sets; if doubled, one may be the client's."""
    values = request.headers.getall(name, [])
    if len(values) != 1 or not values[0]:
        raise GatewayMisconfigured(name)
    return values[0]


@lru_cache(_CONFIGURATIONS_CACHED)
def _requirements(raw_query: str) -> Requirements:
    """Read the gateway's configuration; no parameter may be doubled, and no list may be empty.

    An empty list comes from an unset variable, not from a route without requirements.
    """
    query = URL.build(query_string=raw_query, encoded=True).query
    if not query.keys() <= _PARAMETERS or len(query) != len(set(query)):
        raise GatewayMisconfigured("an unknown or doubled parameter")
    if any(name in query and not _words(query[name]) for name in _LISTS):
        raise GatewayMisconfigured("an empty list")
    max_age, guest = query.get("max_age"), query.get("guest", "0")
    if guest not in {"0", "1"} or (max_age is not None and not _SECONDS.fullmatch(max_age)):
        raise GatewayMisconfigured("guest or max_age")
    return Requirements(
        scopes=_words(query.get("scope", "")),
        amr=_words(query.get("amr", "")),
        max_age_s=None if max_age is None else int(max_age),
        admits_guests=guest == "1",
    )


def _request_hash(request: web.Request) -> str:
    """Return the hash of the idempotency key, or a random one, which makes a proof single-use."""
    try:
        return sha256_hex(read_idempotency_key(request))
    except (IdempotencyKeyRequired, ValidationFailed):
        return random_request_hash()


def _words(text: str) -> frozenset[str]:
    return frozenset(text.replace(",", " ").split())
