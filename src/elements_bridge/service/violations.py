"""Violations of a frame document's policy, as browsers report them (CSP 3 section 5).

Anybody may send a report. Of what it says, closed words are kept, and two claims are looked up.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self, cast
from urllib.parse import parse_qs

from elements_bridge.businesses.business import Business
from elements_bridge.businesses.directory import BusinessLookup
from elements_bridge.businesses.rejected_origins import RejectedOriginCounter
from link_kernel.errors import OriginMalformed, OriginNotAllowed, ValidationFailed
from link_kernel.observability.security_events import SecurityEvent, SecurityLog
from link_kernel.origin import Origin

REPORTS_READ: Final = 20
"""So many reports of one call are read; further ones say no more."""

_ANCESTORS: Final = "frame-ancestors"
DIRECTIVES: Final = frozenset(
    {
        *("base-uri", "connect-src", "default-src", "font-src", "form-action", _ANCESTORS),
        *("frame-src", "img-src", "manifest-src", "media-src", "object-src"),
        *("require-trusted-types-for", "trusted-types", "worker-src"),
        *("script-src", "script-src-attr", "script-src-elem"),
        *("style-src", "style-src-attr", "style-src-elem"),
    }
)
_BLOCKED_WORDS: Final = frozenset(
    {"inline", "eval", "wasm-eval", "trusted-types-sink", "trusted-types-policy"}
)
_BLOCKED_SCHEMES: Final = {
    **dict.fromkeys(("http", "https", "ws", "wss"), "other-origin"),
    **dict.fromkeys(("data", "blob", "filesystem"), "local"),
}
BLOCKED: Final = _BLOCKED_WORDS | {*_BLOCKED_SCHEMES.values(), "same-origin", "other"}
_OTHER: Final = "other"
_EXTENSION: Final = re.compile(r"[a-z-]*extension(?::|$)")


@dataclass(frozen=True, slots=True)
class Violation:
    """A directive of `DIRECTIVES`, or `other`, and what it blocked, a word of `BLOCKED`."""

    directive: str
    blocked: str

    @property
    def event(self) -> SecurityEvent:
        """The event that tells of it: of a document that was not shown, or within one."""
        if self.directive == _ANCESTORS:
            return SecurityEvent.UNVERIFIED_FRAME_BLOCKED
        return SecurityEvent.UNVERIFIED_CSP_VIOLATION


@dataclass(frozen=True, slots=True)
class Claims:
    """For which business and in which page a document was asked for, if anybody knows."""

    unverified_business_id: str = ""
    unverified_parent: str = ""

    @classmethod
    def of_query(cls, query: str) -> Self:
        """Return the claims in the query of a frame document, or of the address for reports."""
        try:
            found = parse_qs(query, max_num_fields=8)
        except ValueError:
            return cls()
        names = ("business_id", "parent_origin")
        return cls(*(found.get(name, [""])[0] for name in names))


@dataclass(frozen=True, slots=True)
class Reported:
    """What one call reports: each violation, how often, and the claims of the first document."""

    violations: Mapping[Violation, int]
    claims: Claims

    @classmethod
    def read(cls, content: object, own_origins: Sequence[str]) -> Self:
        """Read the JSON of either format; documents of other origins are left out.

        So is what the browser's own extensions do to a document. Raises `ValidationFailed` for what
        is neither a list of reports nor a `csp-report`.
        """
        violations: Counter[Violation] = Counter()
        documents: list[str] = []
        for report in _reports(content):
            document = report.document
            if _is_of(document, own_origins) and not report.is_of_extension:
                blocked = _blocked(report.blocked, own_origins)
                violations[Violation(report.directive, blocked)] += 1
                documents.append(document)
        query = documents[0].partition("?")[2] if documents else ""
        return cls(violations, Claims.of_query(query))


@dataclass(frozen=True, slots=True)
class ReportedViolations:
    """Tells operators what was reported."""

    unverified_rejected: RejectedOriginCounter
    security_log: SecurityLog

    def note(self, reported: Reported, business: BusinessLookup, unverified_parent: str) -> None:
        """Count each kind of violation, and a page that is not listed; log the most frequent kind.

        It is one line for a call, or lists of all kinds would fill the log; its `count` is of all.
        """
        if not reported.violations:
            return
        known = business if isinstance(business, Business) else None
        named: dict[str, str] = {} if known is None else {"business_id": known.id}
        (first, _), *others = Counter(reported.violations).most_common()
        for violation, _ in others:
            self.security_log.count(violation.event)
        is_blocked = any(each.directive == _ANCESTORS for each in reported.violations)
        page = self._blocked_page(known, unverified_parent) if is_blocked else ""
        if first.directive == _ANCESTORS:
            said = {"detail": page}
        else:
            said = {"code": first.directive, "detail": first.blocked}
        count = sum(reported.violations.values())
        self.security_log.report(first.event, **said, **named, count=count)

    def _blocked_page(self, business: Business | None, unverified_parent: str) -> str:
        """Return a word for the page that a browser refused; count its origin for the business.

        A `listed` one claims another's origin, or stands itself in a page that is not listed.
        """
        try:
            origin = Origin.parse_header(unverified_parent)
        except (OriginMalformed, OriginNotAllowed):
            return "unknown"
        if business is None or not business.enabled:
            return "unknown"
        if business.allow_list.admits(origin):
            return "listed"
        self.unverified_rejected.note(business.id, origin)
        return "not_listed"


@dataclass(frozen=True, slots=True)
class _Report:
    """The members that are read, each a text, empty if it is absent or no text."""

    document: str
    directive: str
    blocked: str
    source: str

    @property
    def is_of_extension(self) -> bool:
        return any(_EXTENSION.match(text) for text in (self.blocked, self.source))


def _reports(content: object) -> Iterator[_Report]:
    """Yield the reports of either format; what else browsers report, and noise, is left out."""
    if isinstance(content, list):
        for report in content[:REPORTS_READ]:
            if isinstance(report, dict) and report.get("type") == "csp-violation":
                yield _report(report.get("body"), "documentURL", "blockedURL", "sourceFile")
        return
    if not isinstance(content, dict) or not isinstance(content.get("csp-report"), dict):
        raise ValidationFailed("no report", details={"fields": ["body"]})
    yield _report(content["csp-report"], "document-uri", "blocked-uri", "source-file")


def _report(body: object, document: str, blocked: str, source: str) -> _Report:
    members = cast("dict[str, object]", body) if isinstance(body, dict) else {}

    def text(name: str) -> str:
        value = members.get(name)
        return value if isinstance(value, str) else ""

    said = text("effectiveDirective") or text("effective-directive") or text("violated-directive")
    directive = said.partition(" ")[0]  # CSP 1 wrote the whole directive
    directive = directive if directive in DIRECTIVES else _OTHER
    return _Report(text(document), directive, text(blocked), text(source))


def _is_of(url: str, own_origins: Sequence[str]) -> bool:
    return any(url == own or url.startswith(f"{own}/") for own in own_origins)


def _blocked(url: str, own_origins: Sequence[str]) -> str:
    """Return a word of `BLOCKED`: of another origin not even the host, which may say anything."""
    if url in _BLOCKED_WORDS:
        return url
    if _is_of(url, own_origins):
        return "same-origin"
    return _BLOCKED_SCHEMES.get(url.partition(":")[0].lower(), _OTHER)
