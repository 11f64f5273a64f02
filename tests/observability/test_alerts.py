"""Alerts and dashboard ask for metrics that there are; each alert has its entry in the runbook."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import promql_parser
import pytest
import yaml

from link_kernel.observability.security_events import SecurityEvent
from tests.support.metrics_page import documented_series

ROOT: Final = Path(__file__).parents[2]
ALERTS: Final = (ROOT / "deploy/prometheus/alerts.yaml").read_text("utf-8")
RULES: Final = [rule for group in yaml.safe_load(ALERTS)["groups"] for rule in group["rules"]]
DASHBOARD: Final[dict[str, Any]] = json.loads(
    (ROOT / "deploy/grafana/cimplify-link.json").read_text("utf-8")
)
PAGE: Final = "docs/runbook.md"
RUNBOOK: Final = (ROOT / PAGE).read_text("utf-8")
SERIES: Final = documented_series() | {"up": frozenset()}
OF_PROMETHEUS: Final = {"job", "instance"}
TARGETS: Final = [
    (panel["title"], target) for panel in DASHBOARD["panels"] for target in panel.get("targets", [])
]
QUERIES: Final = [
    *((rule["alert"], rule["expr"]) for rule in RULES),
    *((title, target["expr"]) for title, target in TARGETS),
]


def parsed(query: str) -> promql_parser.Expr:
    """Parse PromQL, in which Grafana's variables have values."""
    return promql_parser.parse(query.replace("$__rate_interval", "5m").replace("$job", ".*"))


def parts(query: str) -> Iterator[promql_parser.Expr]:
    found: list[promql_parser.Expr] = []
    promql_parser.walk(parsed(query), found.append)
    yield from found


def selectors(query: str) -> list[promql_parser.VectorSelector]:
    return [part for part in parts(query) if isinstance(part, promql_parser.VectorSelector)]


def labels_kept(query: str) -> set[str]:
    """Return the labels by which a query sums up."""
    sums = [part for part in parts(query) if isinstance(part, promql_parser.AggregateExpr)]
    return {label for part in sums if part.modifier is not None for label in part.modifier.labels}


@pytest.mark.parametrize(("name", "query"), QUERIES)
def test_a_query_asks_for_metrics_and_labels_that_there_are(name: str, query: str) -> None:
    known = set(OF_PROMETHEUS)
    for selector in selectors(query):
        assert selector.name in SERIES, (name, selector.name)
        labels = SERIES[selector.name] | OF_PROMETHEUS
        assert {matcher.name for matcher in selector.matchers.matchers} <= labels, name
        known |= labels
    assert labels_kept(query) <= known, name


@pytest.mark.parametrize(("name", "query"), QUERIES)
def test_a_query_asks_for_security_events_that_there_are(name: str, query: str) -> None:
    for selector in selectors(query):
        for matcher in selector.matchers.matchers:
            if matcher.name == "event":
                assert [event for event in SecurityEvent if re.fullmatch(matcher.value, event)], (
                    name
                )


def test_every_metric_is_on_the_dashboard() -> None:
    asked = {selector.name for _, target in TARGETS for selector in selectors(target["expr"])}
    families = {re.sub("_(bucket|count|sum)$", "", name) for name in asked if name}
    assert families == {re.sub("_(bucket|count|sum)$", "", name) for name in SERIES if name != "up"}


def test_the_legends_of_the_dashboard_name_labels_of_their_queries() -> None:
    for title, target in TARGETS:
        said = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
        assert said <= OF_PROMETHEUS | labels_kept(target["expr"]), title


def test_the_panels_of_the_dashboard_have_a_place_of_their_own() -> None:
    taken = [
        (x, y)
        for at in (panel["gridPos"] for panel in DASHBOARD["panels"])
        for x in range(at["x"], at["x"] + at["w"])
        for y in range(at["y"], at["y"] + at["h"])
    ]
    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < 24
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def test_each_alert_has_an_entry_in_the_runbook_and_each_entry_an_alert() -> None:
    names = [rule["alert"] for rule in RULES]
    entries = re.split(r"^## ", RUNBOOK, flags=re.MULTILINE)[1:]
    assert names == [entry.partition("\n")[0] for entry in entries]
    for entry in entries:
        said = re.findall(r"^- \*\*(\w+(?: \w+)?)\*\*: \S", entry, re.MULTILINE)
        assert said == ["Means", "Customers", "Look at", "Do"], entry


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_says_how_bad_it_is_what_has_happened_and_where_to_read_on(
    rule: dict[str, Any],
) -> None:
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["annotations"] == {
        "summary": rule["annotations"]["summary"],
        "runbook_url": f"{PAGE}#{rule['alert'].lower()}",
    }
    said = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
    assert said <= OF_PROMETHEUS | labels_kept(rule["expr"])
