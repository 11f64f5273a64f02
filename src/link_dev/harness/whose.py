"""Whose call one is, where several harness pages share a stack: each has a business of its own."""

import json
from collections import OrderedDict
from typing import Annotated, Any, Final

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from link_kernel.ids import BUSINESS_ID_PATTERN, from_base64url

BusinessId = Annotated[str, Field(pattern=f"^{BUSINESS_ID_PATTERN}$")]
_PROOF: Final = "DPoP"
_BINDING: Final = "Link-Otp-Binding"
_QUERY: Final = "business_id"
_KEYS_KEPT: Final = 5000


class OfBusiness(BaseModel):
    """What a harness page orders for its own business, if it says so."""

    model_config = ConfigDict(extra="forbid", strict=True)

    business_id: BusinessId | None = None


class Whose:
    """Tells calls by their business: named in the query, or by who proves with the same key.

    A frame names its business in the body of `init`, and has a new key for each session.
    """

    def __init__(self) -> None:
        """Begin with no key."""
        self._by_key: OrderedDict[str, str] = OrderedDict()

    def of(self, request: web.Request) -> str | None:
        """Return the business of a call; `None` where nothing tells."""
        binding = request.headers.get(_BINDING, "").partition(" ")[0]
        key = _unverified_key(request)
        return asked_for(request) or binding or (self._by_key.get(key) if key else None)

    def learn(self, request: web.Request, business_id: object) -> None:
        """Remember whose key it is, as the body of an `init` says."""
        key = _unverified_key(request)
        if key is None or not isinstance(business_id, str):
            return
        self._by_key[key] = business_id
        while len(self._by_key) > _KEYS_KEPT:
            self._by_key.popitem(last=False)


def asked_for(request: web.Request) -> str | None:
    """Return the business that the query names."""
    return request.query.get(_QUERY) or None


def _unverified_key(request: web.Request) -> str | None:
    """Return the public key in a proof's header, as a text; its services verify it."""
    header = request.headers.get(_PROOF, "").partition(".")[0]
    try:
        found: Any = json.loads(from_base64url(header))
        return f"{found['jwk']['x']}.{found['jwk']['y']}"
    except (ValueError, KeyError, TypeError):
        return None
