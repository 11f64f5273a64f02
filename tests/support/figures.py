"""Reads `/metrics` of a service, as Prometheus does."""

from typing import Any

from aiohttp.test_utils import TestClient
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families


async def scrape(http: TestClient[Any, Any]) -> str:
    """Return the metrics of an internal listener."""
    response = await http.get("/metrics")
    assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    return await response.text()


async def figure(http: TestClient[Any, Any], name: str) -> float:
    """Return the value of one series, such as `link_limited_total{limit="init"}`; 0 if none."""
    [(wanted, labels, _)] = samples(f"{name} 0\n")
    found = samples(await scrape(http))
    return sum(value for name, held, value in found if (name, held) == (wanted, labels))


def samples(text: str) -> list[tuple[str, dict[str, str], float]]:
    """Return name, labels and value of each series of a scrape."""
    return [
        (sample.name, sample.labels, sample.value)
        for family in families(text).values()
        for sample in family.samples
    ]


def families(text: str) -> dict[str, Metric]:
    """Return the metrics of a scrape by name."""
    return {family.name: family for family in text_string_to_metric_families(text)}
