"""What browsers report of frame documents becomes closed words, and nothing else of it is kept."""

import json
import logging
from typing import Any, Final

import pytest
from redis.asyncio import Redis

from elements_bridge.businesses.rejected_origins import RedisRejectedOrigins, RejectedOriginCounter
from elements_bridge.keyring import KeyringFile
from elements_bridge.service.violations import (
    DIRECTIVES,
    REPORTS_READ,
    Reported,
    ReportedViolations,
)
from link_kernel.errors import UnknownBusiness
from link_kernel.ids import new_id
from link_kernel.observability.metrics import Metrics
from link_kernel.observability.security_events import SecurityLog
from tests.support.clients.bridge_client import (
    API,
    BUSINESS,
    LINK,
    SHOP,
    BridgeClient,
    Json,
    refusal,
    running_bridge,
    settings_for,
)
from tests.support.figures import samples
from tests.support.logged import logged_text
from tests.support.redis_content import everything_but_limits
from tests.support.time_machine import MovableClock

EVIL: Final = "https://evil.example"
ROUTE: Final = f"{API}/reports"
BLOCKED_DOCUMENT: Final = f"{ROUTE}?business_id={BUSINESS}&parent_origin="
DOCUMENT: Final = f"{LINK}/elements/payment?business_id={BUSINESS}&parent_origin={SHOP}&v=1"
REPORT_URI, REPORT_TO = "application/csp-report", "application/reports+json"
SECRETS: Final = ("elr_AbCdEfGhIjKlMnOp", "afua@shop.example", "482913", "exfiltrated")


def csp_report(**members: object) -> Json:
    """Return what `report-uri` gets; underscores stand for hyphens."""
    told = {"document-uri": DOCUMENT, "disposition": "enforce", "status-code": 200}
    return {"csp-report": told | {name.replace("_", "-"): one for name, one in members.items()}}


def reports(*bodies: Json) -> list[Json]:
    """Return what `report-to` gets."""
    return [
        {
            "type": "csp-violation",
            "url": DOCUMENT,
            "age": 1,
            "body": {"documentURL": DOCUMENT} | one,
        }
        for one in bodies
    ]


async def send(
    bridge: BridgeClient, content: object, media_type: str = REPORT_URI, *, to: str = ROUTE
) -> int:
    """Send a report as a browser does, which says `null` where it showed nothing."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    headers = {"Content-Type": media_type, "Origin": "null"}
    response = await bridge.http.post(to, data=body, headers=headers)
    assert "Access-Control-Allow-Origin" not in response.headers
    return response.status


def events(caplog: pytest.LogCaptureFixture) -> list[Json]:
    """Return the events so far, and forget them."""
    fields = ("event", "code", "detail", "business_id", "origin", "count")
    told = [vars(one) for one in caplog.records if one.getMessage() == "security_event"]
    caplog.clear()
    return [{name: one[name] for name in fields if name in one} for one in told]


@pytest.fixture(autouse=True)
def _captured(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)


async def test_a_violation_is_an_event_whichever_api_a_browser_has(
    bridge: BridgeClient, caplog: pytest.LogCaptureFixture
) -> None:
    """The same, of `report-uri` and of the Reporting API, which sends several at once."""
    sink = {"effective-directive": "require-trusted-types-for", "blocked-uri": "trusted-types-sink"}
    told = {
        "event": "unverified_csp_violation",
        "code": "require-trusted-types-for",
        "detail": "trusted-types-sink",
        "business_id": BUSINESS,
    }
    assert 200 == await send(bridge, csp_report(**sink))
    assert [told | {"count": 1}] == events(caplog)

    again = {"effectiveDirective": told["code"], "blockedURL": told["detail"]}
    other = {"effectiveDirective": "img-src", "blockedURL": f"{EVIL}/pixel?{SECRETS[0]}"}
    assert 200 == await send(bridge, reports(again, other, again), REPORT_TO)
    assert [told | {"count": 3}] == events(caplog)


async def test_a_call_is_one_line_of_the_log_and_counts_each_kind(
    redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    """A list of all kinds is no way to fill the log: its line tells the most frequent one."""
    metrics = Metrics()
    kinds = [{"effectiveDirective": one, "blockedURL": "inline"} for one in sorted(DIRECTIVES)[:18]]
    often = {"effectiveDirective": "worker-src", "blockedURL": "eval"}
    reported = Reported.read(reports(*kinds, often, often), [LINK])
    noted = ReportedViolations(
        RejectedOriginCounter(RedisRejectedOrigins(redis)), SecurityLog(metrics)
    )
    noted.note(reported, UnknownBusiness("absent"), "")

    event = "unverified_csp_violation"
    line = {"event": event, "code": "worker-src", "detail": "eval", "count": REPORTS_READ}
    assert [line] == events(caplog)
    counted = {
        labels["event"]: value
        for name, labels, value in samples(metrics.text().decode())
        if name == "link_security_events_total"
    }
    assert {event: 18, "unverified_frame_blocked": 1} == counted


async def test_a_page_that_a_browser_refused_is_counted_for_its_business(
    redis: Redis,
    redis_url: str,
    keyring: KeyringFile,
    clock: MovableClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Chromium's report names no page, so the address of reports does."""
    unseen = csp_report(document_uri=f"{LINK}/", effective_directive="frame-ancestors")
    told = {"event": "unverified_frame_blocked", "business_id": BUSINESS, "count": 1}
    async with running_bridge(settings_for(redis_url, keyring), clock) as bridge:
        for parent, detail in ((EVIL, "not_listed"), (SHOP, "listed"), ("null", "unknown")):
            assert 200 == await send(bridge, unseen, to=f"{BLOCKED_DOCUMENT}{parent}")
            assert [told | {"detail": detail}] == events(caplog)
    kept = await RedisRejectedOrigins(redis).of(BUSINESS)
    assert [(EVIL, 1, True)] == [(each.origin, each.count, each.unverified) for each in kept]


async def test_firefox_names_the_document_that_it_did_not_show(
    bridge: BridgeClient, caplog: pytest.LogCaptureFixture
) -> None:
    """A listed page may stand in one that is not; a business that nobody knows is not named."""
    members = {"violated_directive": "frame-ancestors 'none'", "blocked_uri": ""}
    assert 200 == await send(bridge, csp_report(**members))
    nobody = DOCUMENT.replace(BUSINESS, new_id("bus"))
    assert 200 == await send(bridge, csp_report(**members, document_uri=nobody))
    assert [
        {
            "event": "unverified_frame_blocked",
            "detail": "listed",
            "business_id": BUSINESS,
            "count": 1,
        },
        {"event": "unverified_frame_blocked", "detail": "unknown", "count": 1},
    ] == events(caplog)


@pytest.mark.parametrize(
    "members",
    [
        {"document_uri": f"{EVIL}/elements/payment"},
        {"document_uri": f"{LINK}.evil.example/"},
        {"document_uri": 1},
        {"blocked_uri": "chrome-extension://abcdef/inject.js"},
        {"source_file": "moz-extension"},
    ],
)
async def test_foreign_documents_and_extensions_are_no_event(
    bridge: BridgeClient, caplog: pytest.LogCaptureFixture, members: Json
) -> None:
    """Any page may name our address in a policy of its own."""
    sent = {"effective_directive": "script-src", "blocked_uri": "inline"} | members
    assert 200 == await send(bridge, csp_report(**sent))
    assert [] == events(caplog)


async def test_nothing_of_a_report_is_kept_but_closed_words(
    bridge: BridgeClient, redis: Redis
) -> None:
    """A secret in each member: samples, addresses, referrers, line numbers, unknown names."""
    before = await everything_but_limits(redis)
    with logged_text() as logged:
        for secret in SECRETS:
            told: dict[str, Any] = dict.fromkeys(
                ("blocked_uri", "referrer", "original_policy", "source_file", "sample"),
                f"{EVIL}/{secret}",
            )
            document = f"{LINK}/elements/auth?business_id={secret}&parent_origin=https://{secret}"
            policy = {"effective_directive": secret, "document_uri": document, secret: secret}
            assert 200 == await send(bridge, csp_report(**told, **policy))
            assert 200 == await send(bridge, reports({"sample": secret} | told), REPORT_TO)
            blocked = csp_report(effective_directive="frame-ancestors")
            assert 200 == await send(bridge, blocked, to=f"{BLOCKED_DOCUMENT}{EVIL}/{secret}")
    text = logged.getvalue()
    assert 12 == text.count("unverified_")
    assert [] == [secret for secret in SECRETS if secret in text]
    assert before == await everything_but_limits(redis)


@pytest.mark.parametrize(
    ("body", "media_type", "expected"),
    [
        (b"", REPORT_URI, (400, "VALIDATION_ERROR")),
        (b"{", REPORT_TO, (400, "VALIDATION_ERROR")),
        (b"1", REPORT_TO, (400, "VALIDATION_ERROR")),
        (b"{}", REPORT_URI, (400, "VALIDATION_ERROR")),
        (b'{"csp-report": []}', REPORT_URI, (400, "VALIDATION_ERROR")),
        (b'{"csp-report": {}, "csp-report": {}}', REPORT_URI, (400, "VALIDATION_ERROR")),
        (b"[" * 16_000, REPORT_TO, (400, "VALIDATION_ERROR")),
        (b"[" + b" " * 16_384 + b"]", REPORT_TO, (413, "PAYLOAD_TOO_LARGE")),
        (b"[]", "text/plain", (415, "UNSUPPORTED_MEDIA_TYPE")),
        (b"[]", "application/json", (415, "UNSUPPORTED_MEDIA_TYPE")),
    ],
)
async def test_what_is_no_report_is_refused(
    bridge: BridgeClient, body: bytes, media_type: str, expected: tuple[int, str]
) -> None:
    """The types are such as no page may send elsewhere without leave, by CORS."""
    response = await bridge.http.post(ROUTE, data=body, headers={"Content-Type": media_type})
    assert expected == await refusal(response)


async def test_a_page_of_another_origin_gets_no_leave_to_send_reports(bridge: BridgeClient) -> None:
    """So nobody's browser reports what a page has made up."""
    asked = {"Origin": EVIL, "Access-Control-Request-Method": "POST"}
    response = await bridge.http.options(ROUTE, headers=asked)
    assert "Access-Control-Allow-Origin" not in response.headers


async def test_reports_have_a_bound_of_their_own_by_network(
    redis_url: str, keyring: KeyringFile, clock: MovableClock
) -> None:
    """Whichever business they name; one that is over it may begin sessions as before."""
    clock.stop()
    settings = settings_for(redis_url, keyring, limit_bootstrap=2)
    of_nobody = f"{ROUTE}?business_id={new_id('bus')}&parent_origin={EVIL}"
    async with running_bridge(settings, clock) as bridge:
        addresses = (f"{BLOCKED_DOCUMENT}{EVIL}", of_nobody, ROUTE)
        sent = [await send(bridge, [], REPORT_TO, to=to) for to in addresses]
        assert [200, 200, 429] == sent
        assert "guest" == (await bridge.init())["session"]["state"]
