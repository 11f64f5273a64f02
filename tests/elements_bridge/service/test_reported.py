"""Whatever JSON a report is, what is read of it are closed words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elements_bridge.service.violations import (
    BLOCKED,
    DIRECTIVES,
    REPORTS_READ,
    Reported,
    Violation,
)
from link_kernel.errors import ValidationFailed
from tests.elements_bridge.service.test_violations import DOCUMENT, EVIL, csp_report, reports
from tests.support.clients.bridge_client import LINK


def test_of_a_long_list_the_first_are_read() -> None:
    """A flood says no more than its beginning."""
    one = {"effectiveDirective": "script-src-elem", "blockedURL": "inline"}
    read = Reported.read(reports(*[one] * 500), [LINK])
    assert {Violation("script-src-elem", "inline"): REPORTS_READ} == read.violations


@pytest.mark.parametrize(
    ("blocked", "word"),
    [
        ("eval", "eval"),
        (f"{LINK}/elements/x.js", "same-origin"),
        ("wss://evil.example/", "other-origin"),
        ("data", "local"),
        ("blob:https://link.cimplify.io/1", "local"),
        ("", "other"),
        ("javascript:1", "other"),
    ],
)
def test_what_was_blocked_is_a_closed_word(blocked: str, word: str) -> None:
    read = Reported.read(csp_report(blocked_uri=blocked, effective_directive="x"), [LINK])
    assert [Violation("other", word)] == list(read.violations)


TEXTS = st.one_of(
    st.text(max_size=20),
    st.sampled_from([DOCUMENT, LINK, "csp-violation", "inline", f"{EVIL}/", *sorted(DIRECTIVES)]),
)
NAMES = st.sampled_from(
    [
        *("csp-report", "type", "body", "documentURL", "effectiveDirective", "blockedURL"),
        *("document-uri", "effective-directive", "violated-directive", "blocked-uri", "sourceFile"),
    ]
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.one_of(NAMES, TEXTS), inner)),
    max_leaves=30,
)


@given(content=JSON)
def test_any_json_is_closed_words_or_refused(content: object) -> None:
    """Nothing else is raised, whatever stands where."""
    try:
        read = Reported.read(content, [LINK])
    except ValidationFailed:
        return
    assert sum(read.violations.values()) <= REPORTS_READ
    for violation in read.violations:
        assert violation.directive in {*DIRECTIVES, "other"}
        assert violation.blocked in BLOCKED
