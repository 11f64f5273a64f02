"""Reads who asks for a code: the bridge for a shop's frame, else a page or a server itself.

Binding and asker are said in headers, by the bridge alone: whoever could say them would have our
message name a shop that knows nothing of it (docs/protocol.md#one-time-codes).
"""

import re
from typing import Final
from urllib.parse import unquote

from aiohttp import web

from link_api.app_key import SERVICES
from link_api.auth.records import Caller, CodeAsker, CodeBinding
from link_api.contract.operations import CONFIRMATION
from link_api.http.cors import CALLER_ORIGIN
from link_kernel.contract.operations import Parameter
from link_kernel.errors import ApiError, ValidationFailed
from link_kernel.ids import BUSINESS_ID_PATTERN, is_id
from link_kernel.origin import Origin
from link_kernel.web.request import read_user_agent, single_header

BRIDGE_TOKEN: Final = "LINK_BRIDGE_TOKEN"  # noqa: S105  # a setting's name, no secret
_BINDING: Final = "Link-Otp-Binding"
_ASKER: Final = "Link-Otp-Asker"
_NAME: Final = "Link-Otp-Business-Name"
_HEADERS: Final = (_BINDING, _ASKER, _NAME)
_BINDING_TEXT: Final = re.compile(rf"({BUSINESS_ID_PATTERN}) (\S+)")
_LONGEST_NAME: Final = 60
_NAME_TEXT: Final = re.compile(rf"(?:[A-Za-z0-9._~-]|%[0-9A-F]{{2}}){{0,{_LONGEST_NAME * 4}}}")

PARAMETERS: Final = (
    Parameter(
        _BINDING,
        "header",
        "The business and the parent origin a code is for; the bridge alone sends it, with its"
        f" credential (`Authorization: Bearer`, `{BRIDGE_TOKEN}`): else 401.",
        {"type": "string", "maxLength": 400},
        required=False,
    ),
    Parameter(
        _ASKER,
        "header",
        "The elements session that asks; goes with the binding.",
        {"type": "string", "pattern": "^els_[0-9A-Za-z]{16,32}$"},
        required=False,
    ),
    Parameter(
        _NAME,
        "header",
        f"The business's name in the message, %-encoded UTF-8, {_LONGEST_NAME} characters at most.",
        {"type": "string", "pattern": f"^{_NAME_TEXT.pattern}$"},
        required=False,
    ),
)


def read_caller(request: web.Request) -> Caller:
    """Return the client of a call."""
    return Caller(
        address=request.app[SERVICES].addresses.of(request),
        user_agent=read_user_agent(request),
        origin=request[CALLER_ORIGIN],
    )


def read_confirmation(request: web.Request) -> str:
    """Return the unverified confirmation that a call presents; empty if there is none."""
    return single_header(request, CONFIRMATION.name) or ""


def read_asker(request: web.Request, caller: Caller) -> CodeAsker:
    """Return who asks; a caller that is not the bridge is its page's origin, or a server.

    Raises `Unauthenticated` for any of the bridge's headers without the bridge's credential,
    `RateLimited` after many of those, and `ValidationFailed` for a header the bridge misspelt.
    """
    if not any(name in request.headers for name in _HEADERS):
        return CodeAsker(CodeBinding("", caller.origin), None)
    services = request.app[SERVICES]
    with services.invalid_credentials.counting(caller.address):
        services.bridge_token.require(request)
    return CodeAsker(_binding(request), _session_id(request))


def _binding(request: web.Request) -> CodeBinding:
    found = _BINDING_TEXT.fullmatch(single_header(request, _BINDING) or "")
    try:
        origin = Origin.parse_header(found[2] if found else "")
    except ApiError as error:
        raise _misspelt(_BINDING) from error
    if found is None:
        raise _misspelt(_BINDING)
    return CodeBinding(found[1], origin.text, _business_name(request))


def _session_id(request: web.Request) -> str:
    session_id = single_header(request, _ASKER) or ""
    if not is_id(session_id, "els"):
        raise _misspelt(_ASKER)
    return session_id


def _business_name(request: web.Request) -> str:
    encoded = single_header(request, _NAME)
    if encoded is None:
        return ""
    if _NAME_TEXT.fullmatch(encoded) is None:
        raise _misspelt(_NAME)
    return unquote(encoded, errors="replace")


def _misspelt(header: str) -> ValidationFailed:
    return ValidationFailed("shape of a header", details={"headers": [header]})
