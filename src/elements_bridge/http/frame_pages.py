"""Pages of the elements origin: the iframe's document with a CSP for its parent, and modules."""

from dataclasses import dataclass
from typing import Final

from aiohttp import hdrs, web

from elements_bridge.businesses.allow_list import frame_ancestors
from elements_bridge.businesses.business import Business
from elements_bridge.businesses.directory import require_known
from elements_bridge.contract.types import PinnedSdk
from elements_bridge.errors import BusinessDisabled
from elements_bridge.http.sdk_releases import SdkRelease
from elements_bridge.http.static_files import BrowserCode
from elements_bridge.services import Services
from link_kernel.errors import (
    NotFound,
    OriginMalformed,
    OriginNotAllowed,
    RateLimited,
    UnknownBusiness,
)
from link_kernel.keys.reload import Reloadable
from link_kernel.metrics import Metrics
from link_kernel.origin import Origin
from link_kernel.security_events import SecurityEvent, SecurityLog
from link_kernel.sessions.records import Mode
from link_kernel.web.client_address import client_address
from link_kernel.web.response import unwrapped

_CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; object-src 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'; frame-ancestors {ancestors}"
)
# Features that elements do not use. Chromium warns in its console about unknown feature names.
_UNUSED_FEATURES: Final = (
    "accelerometer autoplay camera clipboard-read clipboard-write display-capture encrypted-media "
    "fullscreen geolocation gyroscope hid identity-credentials-get idle-detection magnetometer "
    "microphone midi otp-credentials payment picture-in-picture publickey-credentials-create "
    "publickey-credentials-get screen-wake-lock serial storage-access sync-xhr usb "
    "window-management xr-spatial-tracking"
)
_HEADERS: Final = {
    "Cross-Origin-Resource-Policy": "cross-origin",
    # Without it, a cross-origin isolated shop blocks the frame.
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in _UNUSED_FEATURES.split()),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_MODE_HEADER: Final = "Link-Mode"
_CSP_HEADER: Final = "Content-Security-Policy"
_PAGE: Final = (
    "<!doctype html><html lang=en><meta charset=utf-8><title>Cimplify Link</title><p>{}</p>"
)
_NOT_IN_A_FRAME: Final = _PAGE.format("This page is part of a shop's checkout and runs only there.")
_UNKNOWN: Final = _PAGE.format("No business of this id is known here.")
_LIMITED: Final = _PAGE.format("Too many requests. Try again in a minute.")


@dataclass(frozen=True, slots=True)
class FrameDocuments:
    """Serves the frame's documents, the browser modules and the pinned SDK releases."""

    mode: Mode
    code: BrowserCode
    releases: tuple[SdkRelease, ...]
    services: Reloadable[Services]

    def add_to(self, app: web.Application) -> None:
        """Add the routes below `/elements`."""
        app.router.add_get(r"/{element:auth|address|payment}", self.document)
        app.router.add_get("/sdk/integrity.json", self.integrity)
        app.router.add_get("/sdk/{release}/{name}", self.pinned)
        app.router.add_get(r"/{folder:sdk|frame}/{name:.+}", self.file)
        app.router.add_get(r"/r/{release}/{folder:sdk|frame}/{name:.+}", self.file)
        app.on_response_prepare.append(_harden)

    async def document(self, request: web.Request) -> web.Response:
        """`GET /elements/{element}?business_id=&parent_origin=&v=1`: the frame's document."""
        if request.headers.get("Sec-Fetch-Dest", "iframe") != "iframe":
            return _page(_NOT_IN_A_FRAME, status=403)
        services = self.services.current
        address = client_address(request, services.trusted_proxies)
        try:
            business = await services.limits.count_document(
                address, request.query.get("business_id", "")
            )
            ancestors = frame_ancestors(_listed_parent(request, require_known(business)))
        except UnknownBusiness:
            return _page(_UNKNOWN, status=404)
        except RateLimited as error:
            return _limited(error, services.metrics)
        response = _page(self.code.document())
        response.headers[_CSP_HEADER] = _CSP.format(ancestors=ancestors)
        return response

    async def file(self, request: web.Request) -> web.Response:
        """`GET /elements/sdk/{name}`, `/elements/frame/{name}`: modules and style sheets.

        Below `/elements/r/{release}` they are immutable. During a rollout, a process of another
        release answers with its own files, which are then not cached as immutable.
        """
        name, folder = request.match_info["name"], request.match_info["folder"]
        found = self.code.file(folder, name)
        if found is None:
            raise NotFound("file")
        immutable = request.match_info.get("release") == self.code.release
        response = found.respond(request, immutable=immutable)
        if folder == "sdk":
            _allow_any_origin(response)
            if self.mode == "test":  # the SDK then logs more on the console
                response.headers[_MODE_HEADER] = "test"
                response.headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = _MODE_HEADER
        return response

    async def pinned(self, request: web.Request) -> web.Response:
        """`GET /elements/sdk/{release}/{name}`: an immutable module of a pinned release, or 404."""
        name, release = request.match_info["name"], request.match_info["release"]
        for held in self.releases:
            if held.name == release and name in held.files:
                return _allow_any_origin(held.files[name].respond(request, immutable=True))
        raise NotFound("sdk release")

    async def integrity(self, _request: web.Request) -> web.Response:
        """`GET /elements/sdk/integrity.json`: module paths and hashes for a shop to pin."""
        newest = self.releases[0]
        response = _allow_any_origin(
            unwrapped(
                PinnedSdk(release=newest.name, entry=newest.entry, integrity=newest.integrity())
            )
        )
        response.headers[hdrs.CACHE_CONTROL] = "no-cache"
        return response


def _listed_parent(request: web.Request, business: Business) -> Origin | None:
    """Return the parent origin that the URL names, or `None` if it may not embed."""
    try:
        origin = Origin.parse_header(request.query.get("parent_origin", ""))
        business.admit(origin)
    except (OriginMalformed, OriginNotAllowed, BusinessDisabled):
        return None
    return origin


def _allow_any_origin(response: web.Response) -> web.Response:
    response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = "*"
    return response


def _page(html: str, *, status: int = 200) -> web.Response:
    response = web.Response(text=html, content_type="text/html", status=status)
    response.headers[hdrs.CACHE_CONTROL] = "no-store"
    return response


def _limited(error: RateLimited, metrics: Metrics) -> web.Response:
    """Return the page for 429; count and report the error as the API does."""
    metrics.refusals.labels(error.code).inc()
    SecurityLog(metrics).report(SecurityEvent.RATE_LIMITED, code=error.code, detail=error.detail)
    response = _page(_LIMITED, status=error.status)
    response.headers.update(error.headers)
    response.headers[hdrs.RETRY_AFTER] = str(error.retry_after_s)
    return response


async def _harden(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.setdefault(_CSP_HEADER, _CSP.format(ancestors=frame_ancestors(None)))
    for name, value in _HEADERS.items():
        response.headers[name] = value
