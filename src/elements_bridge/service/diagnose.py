"""Diagnose: explain to a merchant's developer why an element stays blank on a page."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from elements_bridge.businesses.advice import why_not_listed
from elements_bridge.businesses.business import Business
from elements_bridge.businesses.directory import BusinessLookup
from elements_bridge.businesses.rejected_origins import RejectedOriginCounter
from link_kernel.errors import OriginMalformed, OriginNotAllowed, UnknownBusiness
from link_kernel.origin import Origin

CheckName = Literal[
    "business_known", "business_enabled", "origin_listed", "parent_origin", "parent_origin_listed"
]

_KNOWN: Final = "The business is known here."
_UNKNOWN: Final = (
    "No business of this id is known to this test deployment: check business_id. A business in live"
    " mode is known to live deployments only."
)
_ENABLED: Final = "The business is enabled."
_DISABLED: Final = "The business is disabled: ask Cimplify to enable it."
_LISTED: Final = "This origin is in the business's allow-list. A page around it must be there too."
_SAME: Final = "The iframe's parent_origin is the origin of this page."
_NOT_THIS_PAGE: Final = (
    "The iframe's parent_origin is not the origin of this page: the frame would refuse it. Let the"
    " SDK make the iframe, or write window.origin there."
)
_NULL: Final = (
    "The parent_origin is null: a sandboxed page, a file: or a data: page has no origin, so nobody"
    " can list it. Serve the page over https, and give a sandbox `allow-same-origin`."
)
_OPAQUE: Final = (
    "The parent_origin's scheme is neither https nor http: any app may claim such an origin"
    " (capacitor:, ionic:, an extension's), so none can be listed. Serve the page over https."
)
_MALFORMED: Final = (
    "The parent_origin is not spelt as browsers write an origin: scheme, host and port in lower"
    " case, no path, no slash at the end, no default port. Write window.origin there."
)


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check that an element needs; `message` is for a developer."""

    name: CheckName
    ok: bool
    message: str


@dataclass(frozen=True, slots=True)
class Diagnose:
    """Runs the checks of frame document and bootstrap, and reports each result."""

    rejected: RejectedOriginCounter

    def examine(
        self, business: BusinessLookup, origin: Origin, parent_origin: str | None
    ) -> tuple[Check, ...]:
        """Return the results for a page of `origin`, up to the first check that stops the rest.

        `origin` is what the browser sent, and its rejection is counted as at bootstrap;
        `parent_origin` is what the iframe's URL says, if the page told. Raises nothing.
        """
        if isinstance(business, UnknownBusiness):
            return (Check("business_known", ok=False, message=_UNKNOWN),)
        if business.enabled and not business.allow_list.admits(origin):
            self.rejected.note(business.id, origin)
        return (
            Check("business_known", ok=True, message=_KNOWN),
            Check(
                "business_enabled", business.enabled, _ENABLED if business.enabled else _DISABLED
            ),
            _listed("origin_listed", business, origin),
            *(() if parent_origin is None else _of_parent(business, origin, parent_origin)),
        )


def _listed(name: CheckName, business: Business, origin: Origin) -> Check:
    if business.allow_list.admits(origin):
        return Check(name, ok=True, message=_LISTED)
    return Check(name, ok=False, message=why_not_listed(origin, business.allow_list, business.mode))


def _of_parent(business: Business, origin: Origin, text: str) -> Iterator[Check]:
    """Check the iframe's `parent_origin`, and its listing only where it is another origin."""
    try:
        parent = Origin.parse_header(text)
    except OriginMalformed:
        yield Check("parent_origin", ok=False, message=_MALFORMED)
        return
    except OriginNotAllowed:
        yield Check("parent_origin", ok=False, message=_NULL if text == "null" else _OPAQUE)
        return
    if parent == origin:
        yield Check("parent_origin", ok=True, message=_SAME)
        return
    yield Check("parent_origin", ok=False, message=_NOT_THIS_PAGE)
    yield _listed("parent_origin_listed", business, parent)
