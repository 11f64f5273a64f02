"""Prometheus's own tool plays the alert rules: each fires for what it is about, and says so."""

import json
import subprocess
from pathlib import Path
from typing import Any, Final

import yaml

from link_kernel.observability.security_events import SecurityEvent
from tests.support.installing.promtool import find_promtool

ALERTS: Final = Path(__file__).parents[2] / "deploy/prometheus/alerts.yaml"
RULES: Final = [
    rule for group in yaml.safe_load(ALERTS.read_text("utf-8"))["groups"] for rule in group["rules"]
]
BRIDGE, API = 'job="elements-bridge"', 'job="link-api"'
LASTS: Final = "90m"
# In the notation of promtool: from 0 on, so much more each minute; or so much all the time.
IDLE, SLOW, BUSY, ONE = "0x120", "0+1x120", "0+60x120", "1x120"
ONCE: Final = "0x80 1x40"
# Whatever page, token or code these tell of, it may be made up.
OF_ANYBODY: Final = set(SecurityEvent) - {
    *(SecurityEvent.INTERNAL_CREDENTIAL_REFUSED, SecurityEvent.SESSIONS_REVOKED),
    *(SecurityEvent.KEYRING_CHANGED, SecurityEvent.KEYRING_REFUSED),
    *(SecurityEvent.REFRESH_TOKEN_RECOVERED, SecurityEvent.REVOCATION_UNDONE),
    SecurityEvent.OTP_HOURLY_FULL,  # then customers get no code, whoever brought it about
}


def requests(labels: str) -> str:
    return f"link_request_seconds_count{{{labels}}}"


def times(name: str, labels: str) -> dict[str, str]:
    """Return a histogram whose seconds are between 0.001 and 10, most of them between 1 and 10."""
    buckets = (("0.001", IDLE), ("1.0", SLOW), ("10.0", BUSY), ("+Inf", BUSY))
    return {f'{name}_bucket{{{labels},le="{le}"}}': values for le, values in buckets}


CASES: Final[dict[str, tuple[dict[str, str], dict[str, str]]]] = {
    "LinkServiceDown": ({f"up{{{BRIDGE}}}": ONE}, {"job": "link-api"}),
    "LinkNotReady": (
        {
            requests(f'{API},route="/readyz",outcome="unavailable"'): BUSY,
            requests(f'{API},route="/readyz",outcome="ok"'): SLOW,
            requests(f'{BRIDGE},instance="a",route="/readyz",outcome="unavailable"'): SLOW,
            requests(f'{BRIDGE},instance="b",route="/readyz",outcome="ok"'): BUSY,
        },
        {"job": "link-api"},
    ),
    "LinkCallsUnavailable": (
        {
            requests(f'{API},route="/v1/link/data",outcome="unavailable"'): SLOW,
            requests(f'{API},route="/v1/link/data",outcome="ok"'): "0+9x120",
            requests(f'{BRIDGE},route="/readyz",outcome="unavailable"'): BUSY,
        },
        {"job": "link-api"},
    ),
    "LinkCallsFail": (
        {requests(f'{API},route="/v1/link/data",outcome="failed"'): SLOW},
        {"job": "link-api", "route": "/v1/link/data"},
    ),
    "LinkCallsSlow": (
        times("link_request_seconds", f'{API},route="/v1/link/data",outcome="ok"')
        | times("link_request_seconds", f'{BRIDGE},route="/x/request-otp",outcome="ok"'),
        {"job": "link-api"},
    ),
    "LinkVersionsDiffer": (
        {f'link_build_info{{{BRIDGE},version="{version}"}}': ONE for version in "12"},
        {"job": "elements-bridge"},
    ),
    "LinkRedisFails": (
        {f'link_redis_seconds_count{{{API},outcome="error"}}': BUSY},
        {"job": "link-api"},
    ),
    "LinkRedisSlow": (times("link_redis_seconds", f'{API},outcome="ok"'), {"job": "link-api"}),
    "LinkRedisReplacedOften": (
        {f"link_redis_connections_replaced_total{{{API}}}": BUSY},
        {"job": "link-api"},
    ),
    "LinkSqlFails": (
        {f'link_sql_seconds_count{{{API},kind="read",outcome="error"}}': BUSY},
        {"kind": "read"},
    ),
    "LinkSqlSlow": (
        times("link_sql_seconds", f'{API},kind="transaction",outcome="ok"'),
        {"kind": "transaction"},
    ),
    "LinkRevocationFeedStale": (
        {f'link_revocation_feed_age_seconds{{{BRIDGE},instance="a"}}': "11x120"},
        {"job": "elements-bridge", "instance": "a"},
    ),
    "LinkRevocationsLate": (
        times("link_revocation_feed_lag_seconds", BRIDGE),
        {"job": "elements-bridge"},
    ),
    "LinkRevocationsUnreplicated": (
        {f"link_revocations_unreplicated_total{{{BRIDGE}}}": ONCE},
        {"job": "elements-bridge"},
    ),
    "LinkRefreshTokensReused": (
        {f'link_refreshes_total{{{BRIDGE},outcome="reused"}}': SLOW},
        {"job": "elements-bridge"},
    ),
    "LinkStoreLostWrites": (
        {f'link_security_events_total{{{BRIDGE},event="revocation_undone"}}': ONCE},
        {"job": "elements-bridge", "event": "revocation_undone"},
    ),
    "LinkInternalCredentialRefused": (
        {
            f'link_security_events_total{{{BRIDGE},event="internal_credential_refused"}}': SLOW,
            f'link_security_events_total{{{API},event="bridge_credential_refused"}}': SLOW,
        },
        {"job": "elements-bridge"},
    ),
    "LinkKeyringRefused": (
        {f'link_security_events_total{{{API},event="keyring_refused"}}': ONCE},
        {"job": "link-api"},
    ),
    "LinkNoCodesSent": (
        {
            'link_otp_total{outcome="failed",country="GH"}': "0x70 0+2x50",
            'link_otp_total{outcome="sent",country="GH"}': "0+2x70 140x50",
            'link_otp_total{outcome="verified",country="GH"}': "0+2x70 140x50",
        },
        {},
    ),
    "LinkCodesNotSent": ({'link_otp_total{outcome="failed",country="GH"}': SLOW}, {}),
    "LinkCodesNotEntered": (
        {
            'link_otp_total{outcome="sent",country="GH"}': SLOW,
            'link_otp_total{outcome="sent",country="KE"}': SLOW,
            'link_otp_total{outcome="verified",country="KE"}': SLOW,
        },
        {"country": "GH"},
    ),
    "LinkCodesHourlyFull": (
        {f'link_security_events_total{{{API},event="otp_hourly_full"}}': ONCE},
        {"job": "link-api"},
    ),
    "LinkCodesHourlyNear": (
        {f'link_security_events_total{{{API},event="otp_hourly_near"}}': ONCE},
        {"event": "otp_hourly_near"},
    ),
    "LinkLimitsRefuse": (
        {
            f'link_limited_total{{{BRIDGE},limit="bootstrap"}}': BUSY,
            f'link_limited_total{{{API},limit="otp_wait"}}': BUSY,
        },
        {"job": "elements-bridge", "limit": "bootstrap"},
    ),
    "LinkProxyNotTrusted": (
        {f"link_forwarded_for_not_believed_total{{{BRIDGE}}}": SLOW},
        {"job": "elements-bridge"},
    ),
    "LinkOriginsRefused": (
        {f'link_refused_origins_total{{{BRIDGE},reason="null"}}': BUSY},
        {"job": "elements-bridge", "reason": "null"},
    ),
    "LinkHandshakesFail": (
        {requests('route="/v1/link/elements/bootstrap",method="POST",outcome="ok"'): BUSY},
        {},
    ),
    "LinkHandshakesSlow": (
        times("link_frame_handshake_seconds", f'{BRIDGE},element="auth"'),
        {"element": "auth"},
    ),
}
OF_STRANGERS: Final = {
    requests(f'{BRIDGE},route="/elements/{{element}}",method="GET",outcome="ok"'): BUSY,
    requests(f'{BRIDGE},route="/v1/link/elements/bootstrap",method="POST",outcome="ok"'): BUSY,
    requests(f'{API},route="/v1/link/auth/request-otp",outcome="unavailable"'): BUSY,
    'link_otp_total{outcome="sent",country="GH"}': BUSY,
    'link_otp_total{outcome="failed",country="email"}': BUSY,
    f'link_refused_origins_total{{{BRIDGE},reason="not_listed"}}': BUSY,
    f'link_limited_total{{{BRIDGE},limit="bootstrap"}}': BUSY,
    **{
        f'link_security_events_total{{{job},event="{event}"}}': BUSY
        for job in (BRIDGE, API)
        for event in sorted(OF_ANYBODY)
    },
}
"""What calls without a credential can have counted, at any rate."""


def quiet(alert: str) -> dict[str, Any]:
    """Return a test of one alert that nothing of strangers raises."""
    up = {f"up{{{job}}}": ONE for job in (BRIDGE, API)}
    return {
        "interval": "1m",
        "input_series": [
            {"series": name, "values": values} for name, values in (OF_STRANGERS | up).items()
        ],
        "alert_rule_test": [{"alertname": alert, "eval_time": LASTS, "exp_alerts": []}],
    }


# Series with labels that did not exist before they counted: Prometheus has seen no zero of them.
FIRST: Final[dict[str, tuple[dict[str, str], dict[str, str]]]] = {
    "LinkCallsFail": (
        {requests(f'{API},route="/v1/link/data",outcome="failed"'): "_x85 1x34"},
        {"job": "link-api", "route": "/v1/link/data"},
    ),
    "LinkRefreshTokensReused": (
        {f'link_refreshes_total{{{BRIDGE},outcome="reused"}}': "_x85 6x34"},
        {"job": "elements-bridge"},
    ),
}


def played(alert: str, series: dict[str, str], labels: dict[str, str]) -> dict[str, Any]:
    """Return a test of one alert, in promtool's format."""
    rule = next(rule for rule in RULES if rule["alert"] == alert)
    expected = {"exp_labels": labels | rule["labels"]}
    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "alert_rule_test": [{"alertname": alert, "eval_time": LASTS, "exp_alerts": [expected]}],
    }


def promtool(*arguments: str | Path) -> str:
    done = subprocess.run(
        [find_promtool(), *arguments], capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr if done.returncode else ""


def test_each_alert_fires_for_what_it_is_about_and_a_page_for_nothing_of_strangers(
    tmp_path: Path,
) -> None:
    assert CASES.keys() == {rule["alert"] for rule in RULES}
    # Promtool would want the texts, too, with the values in them.
    wordless = [{name: rule[name] for name in rule if name != "annotations"} for rule in RULES]
    rules, tests = tmp_path / "rules.json", tmp_path / "tests.json"
    rules.write_text(json.dumps({"groups": [{"name": "all", "rules": wordless}]}))
    paging = [rule["alert"] for rule in RULES if rule["labels"]["severity"] == "page"]
    plan = {
        "rule_files": [str(rules)],
        "evaluation_interval": "10m",
        "tests": [
            *[played(alert, *case) for cases in (CASES, FIRST) for alert, case in cases.items()],
            *map(quiet, paging),
        ],
    }
    tests.write_text(json.dumps(plan))
    assert promtool("test", "rules", tests) == ""


def test_promtool_finds_no_fault_in_the_rules() -> None:
    assert promtool("check", "rules", "--lint=all", "--lint-fatal", ALERTS) == ""
