"""After calls of every kind both services say the metrics of docs/metrics.md, with its labels."""

import re
from collections.abc import Collection
from importlib import import_module
from typing import Final, get_args

from elements_bridge.http.handlers import FAILURES
from link_api.auth.records import RotateLinkOutcome
from link_kernel.errors import ApiError
from link_kernel.observability.metrics import OriginReason
from link_kernel.observability.security_events import SecurityEvent
from link_kernel.sessions.outcomes import RotateOutcome
from link_kernel.sessions.records import Element
from tests.support.clients.every_call import Services, make_every_call
from tests.support.figures import families, samples, scrape
from tests.support.metrics_page import documented_metrics, documented_series

OUTCOMES: Final = {
    "link_request_seconds": {"ok", "refused", "limited", "unavailable", "failed"},
    "link_redis_seconds": {"ok", "error"},
    "link_sql_seconds": {"ok", "error"},
    "link_refreshes": {*RotateOutcome, *RotateLinkOutcome},
    "link_spent_token_seconds": {"replayed", "reused", "superseded", "key_reused"},
    "link_otp": {
        *("sent", "limited", "failed", "refused", "unavailable"),
        *("verified", "wrong", "expired", "exhausted"),
    },
}
ERROR_MODULES: Final = (
    "link_kernel.auth.refresh_errors",
    "elements_bridge.errors",
    "link_api.errors",
)
LIMITS: Final = {
    *("bootstrap", "init", "diagnose", "documents", "reports"),
    *("bootstrap_48", "init_48", "diagnose_48", "documents_48", "reports_48"),
    *("guests", "guests_network", "calls", "session_calls", "refused_calls", "logouts"),
    *("refresh", "rotations", "check_status", "check_status_all"),
    *("otp_minute", "otp_wait", "otp_daily", "otp_hourly", "otp_strangers", "otp_contacts"),
    *("otp_hourly_network", "otp_hourly_all"),
}


def codes(base: type[ApiError] = ApiError) -> set[str]:
    """Return the code of every refusal."""
    for module in ERROR_MODULES:
        import_module(module)  # `__subclasses__` knows what was imported
    own = {base.code} if hasattr(base, "code") else set()
    return own.union(*(codes(refusal) for refusal in base.__subclasses__()))


def closed_sets(services: Services) -> dict[str, Collection[str]]:
    """Return the values that a label may have, those of `outcome` by metric."""
    return OUTCOMES | {
        "route": services.routes() | {"unknown"},
        "method": {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"},
        "kind": {"read", "transaction"},
        "code": codes(),
        "failure": {*FAILURES, "other"},
        "event": set(SecurityEvent),
        "reason": set(OriginReason),
        "country": {*services.link.api.services.countries.others, "other", "email"},
        "element": get_args(Element),
        "status": {"200", "401", "403", "503"},
        "limit": LIMITS,
    }


def check(name: str, labels: dict[str, str], closed: dict[str, Collection[str]]) -> None:
    """Compare the labels of a series with the page, and their values with the closed sets."""
    assert labels.keys() == documented_series()[name], name
    family = re.sub("_(total|bucket|count|sum)$", "", name)
    for label in labels.keys() - {"le", "version", "python"}:
        assert labels[label] in closed[family if label == "outcome" else label], (name, labels)


async def test_both_services_say_what_the_page_says_with_closed_sets_of_labels(
    services: Services,
) -> None:
    await make_every_call(services)
    closed, counted = closed_sets(services), set[str]()
    for http in services.internal:
        text = await scrape(http)
        kinds = {
            family.name + ("_total" if family.type == "counter" else ""): family.type
            for family in families(text).values()
            if not family.name.endswith("_created")
        }
        assert kinds == {name: metric.kind for name, metric in documented_metrics().items()}
        for name, labels, _ in samples(text):
            if not name.endswith("_created"):
                check(name, labels, closed)
                counted.add(name)
    assert counted == documented_series().keys()
