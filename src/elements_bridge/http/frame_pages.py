"""Pages of the elements origin: the iframe's document with a CSP for its parent, and its code."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from aiohttp import hdrs, web

from elements_bridge.businesses.allow_list import frame_ancestors
from elements_bridge.businesses.business import Business
from elements_bridge.businesses.directory import require_known
from elements_bridge.contract.types import PinnedSdk
from elements_bridge.errors import BusinessDisabled
from elements_bridge.http.frame_document import FrameDocument
from elements_bridge.http.sdk_releases import SdkRelease
from elements_bridge.http.static_files import IMMUTABLE, BrowserCode, StaticFile
from elements_bridge.services import Services
from link_kernel.errors import (
    NotFound,
    OriginMalformed,
    OriginNotAllowed,
    RateLimited,
    UnknownBusiness,
)
from link_kernel.keys.reload import Reloadable
from link_kernel.observability.metrics import Metrics
from link_kernel.observability.security_events import SecurityEvent, SecurityLog
from link_kernel.origin import Origin
from link_kernel.sessions.records import Mode
from link_kernel.web.response import unwrapped

_PREFIX: Final = "/elements"
# The first directive stands for every kind of resource that is not named: images, objects, frames.
# No space follows a semicolon: every visit downloads this header.
_CSP: Final = (
    "default-src 'none';script-src 'self' {script};style-src {style};connect-src 'self';"
    "base-uri 'none';form-action 'none';require-trusted-types-for 'script';"
    "trusted-types 'none';{to_endpoint}report-uri {reports};frame-ancestors {ancestors}"
)
# A browser with the Reporting API, which is for https alone, reports what happens in a document to
# its endpoint. What is not shown is no document and has no endpoint, and a policy with `report-to`
# has its `report-uri` ignored: so `frame-ancestors` stands in a second policy.
_ENDPOINT: Final = "link"
_TO_ENDPOINT: Final = f"report-uri {{reports}};report-to {_ENDPOINT},"
# What would act in the name of this origin; elements use none of it. All else a browser keeps from
# a frame of another origin anyway, unless the shop hands on what it may do itself; every visit
# downloads this header. Chromium warns in its console about unknown names.
_UNUSED_FEATURES: Final = (
    "identity-credentials-get payment publickey-credentials-create publickey-credentials-get "
    "storage-access"
)
_HEADERS: Final = {
    hdrs.CACHE_CONTROL: "no-store",
    "Cross-Origin-Resource-Policy": "cross-origin",
    # Without it, a cross-origin isolated shop blocks the frame.
    "Cross-Origin-Embedder-Policy": "require-corp",
    # Not WebOTP's `otp-credentials`, by which the sign-in reads a code: it is this origin's own
    # where nothing is said.
    "Permissions-Policy": ",".join(f"{feature}=()" for feature in _UNUSED_FEATURES.split()),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_MODE_HEADER: Final = "Link-Mode"
_REVALIDATED: Final = "no-cache"
# A correction reaches every page within minutes, and no page waits for the network: an SDK of
# yesterday is used once more while the new one is fetched. Frames speak with SDKs of 24 months.
_SHORT_LIVED: Final = "max-age=300, stale-while-revalidate=86400"
# No code runs in them that would know the reader's language, so each says it in both.
_PAGE: Final = (
    "<!doctype html><html lang=en><meta charset=utf-8><title>Cimplify Link</title>"
    "<p>{}</p><p lang=fr>{}</p>"
)
_NOT_IN_A_FRAME: Final = _PAGE.format(
    "This page is part of a shop's checkout and runs only there.",
    "Cette page fait partie du paiement d\u2019une boutique et ne fonctionne que l\u00e0.",
)
_UNKNOWN: Final = _PAGE.format(
    "No business of this id is known here.",
    "Aucune entreprise n\u2019est connue ici sous cet identifiant.",
)
_LIMITED: Final = _PAGE.format(
    "Too many requests. Try again in a minute.",
    "Trop de demandes. R\u00e9essayez dans une minute.",
)


@dataclass(frozen=True, slots=True)
class FrameDocuments:
    """Serves the frame's documents, its code, the SDK and the SDK's pinned releases."""

    mode: Mode
    code: BrowserCode
    releases: tuple[SdkRelease, ...]
    services: Reloadable[Services]
    html: FrameDocument
    default_country: str
    reports: str  # the path that takes reports
    is_https: bool

    def add_to(self, app: web.Application) -> None:
        """Add the routes below `/elements` to a root application."""
        document = f"{_PREFIX}/{{element:auth|address|payment}}"
        app.router.add_get(document, self.document, allow_head=False)
        app.router.add_head(document, self.reachable)
        app.router.add_get(f"{_PREFIX}/sdk/integrity.json", self.integrity)
        app.router.add_get(f"{_PREFIX}/sdk/{{release}}/{{name}}", self.pinned)
        app.router.add_get(f"{_PREFIX}/sdk/{{name}}", self.sdk)
        app.router.add_get(f"{_PREFIX}/r/{{hash}}/frame/{{name}}", self.frame)

    async def document(self, request: web.Request) -> web.Response:
        """`GET /elements/{element}?business_id=&parent_origin=&v=1`: the frame's document."""
        if request.headers.get("Sec-Fetch-Dest", "iframe") != "iframe":
            return self._page(_NOT_IN_A_FRAME, status=403)
        services = self.services.current
        address = services.addresses.of(request)
        try:
            business = await services.limits.count_document(
                address, request.query.get("business_id", "")
            )
            known = require_known(business)
        except UnknownBusiness:
            return self._page(_UNKNOWN, status=404)
        except RateLimited as error:
            return _report(error, self._page(_LIMITED, status=error.status), services.metrics)
        country = known.country or self.default_country
        html = self.html.of(country, keeps_reload=known.keeps_reload)
        parent, claims = _parent(request, known, services.metrics)
        return self._harden(html.respond_unstored(request), parent, claims)

    async def reachable(self, _request: web.Request) -> web.Response:
        """`HEAD /elements/{element}`: 204 for any page, by which the SDK knows it is not a gateway.

        It says nothing of the business, the parent origin or a limit.
        """
        response = _allow_any_origin(web.Response(status=204))
        response.headers[hdrs.CACHE_CONTROL] = "no-store"
        return response

    async def frame(self, request: web.Request) -> web.Response:
        """`GET /elements/r/{hash}/frame/{name}`: code of the frame, immutable if the hash is its.

        During a rollout, a process of another release answers with its own file, which is then
        revalidated at each load.
        """
        file = _found(self.code.frame, request)
        if file.is_named(request.match_info["hash"]):
            return file.respond_for_good(request)
        return file.respond(request, caching=_REVALIDATED)

    async def sdk(self, request: web.Request) -> web.Response:
        """`GET /elements/sdk/v1.js`: the newest SDK."""
        response = _found(self.code.sdk, request).respond(request, caching=_SHORT_LIVED)
        if self.mode == "test":  # the SDK then logs more on the console
            response.headers[_MODE_HEADER] = "test"
            response.headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = "*"
        return _allow_any_origin(response)

    async def pinned(self, request: web.Request) -> web.Response:
        """`GET /elements/sdk/{release}/{name}`: an immutable module of a pinned release, or 404."""
        name, release = request.match_info["name"], request.match_info["release"]
        for held in self.releases:
            if held.name == release and name in held.files:
                return _allow_any_origin(held.files[name].respond(request, caching=IMMUTABLE))
        raise NotFound("sdk release")

    async def integrity(self, _request: web.Request) -> web.Response:
        """`GET /elements/sdk/integrity.json`: path and hash of the SDK for a shop to pin."""
        newest = self.releases[0]
        response = _allow_any_origin(
            unwrapped(
                PinnedSdk(release=newest.name, entry=newest.entry, integrity=newest.integrity())
            )
        )
        response.headers[hdrs.CACHE_CONTROL] = _REVALIDATED
        return response

    def _page(self, html: str, *, status: int) -> web.Response:
        return self._harden(web.Response(text=html, content_type="text/html", status=status), None)

    def _harden(self, page: web.Response, parent: Origin | None, claims: str = "") -> web.Response:
        """Set the headers of a document, which `parent` alone may embed.

        `claims` is the query with which a browser reports that it did not show the document.
        """
        page.headers.update(_HEADERS)
        if self.is_https:
            page.headers["Reporting-Endpoints"] = f'{_ENDPOINT}="{self.reports}"'
        page.headers["Content-Security-Policy"] = _CSP.format(
            script=self.code.script_source,
            style=self.code.style_source,
            to_endpoint=_TO_ENDPOINT.format(reports=self.reports) if self.is_https else "",
            reports=f"{self.reports}{claims}",
            ancestors=frame_ancestors(parent),
        )
        return page


def _found(files: Mapping[str, StaticFile], request: web.Request) -> StaticFile:
    """Return the file that the URL names; raises `NotFound`."""
    try:
        return files[request.match_info["name"]]
    except KeyError:
        raise NotFound("file") from None


def _parent(
    request: web.Request, business: Business, metrics: Metrics
) -> tuple[Origin | None, str]:
    """Return the parent origin that the URL names, or `None`, counted, if it may not embed.

    Of one that may not, the second is the query that tells its origin, if it has one.
    """
    try:
        origin = Origin.parse_header(request.query.get("parent_origin", ""))
    except (OriginMalformed, OriginNotAllowed) as error:
        metrics.refused_origins.labels(error.reason).inc()
        return None, ""
    claims = f"?business_id={business.id}&parent_origin={origin.text}"
    try:
        business.admit(origin)
    except BusinessDisabled:
        return None, claims
    except OriginNotAllowed as error:
        metrics.refused_origins.labels(error.reason).inc()
        return None, claims
    return origin, ""


def _allow_any_origin(response: web.Response) -> web.Response:
    """Let a page of any origin load it, also a cross-origin isolated one."""
    response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _report(error: RateLimited, page: web.Response, metrics: Metrics) -> web.Response:
    """Complete the page for 429; count and report the error as the API does."""
    metrics.refusals.labels(error.code).inc()
    SecurityLog(metrics).report(SecurityEvent.RATE_LIMITED, code=error.code, detail=error.detail)
    page.headers.update(error.headers)
    page.headers[hdrs.RETRY_AFTER] = str(error.retry_after_s)
    return page
