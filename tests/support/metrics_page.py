"""The tables of docs/metrics.md: names, kinds and labels of the metrics."""

import re
from pathlib import Path
from typing import Final, NamedTuple

_PAGE: Final = Path(__file__).parents[2] / "docs/metrics.md"
_SUFFIXES: Final = {"histogram": ("_bucket", "_count", "_sum")}
_LE: Final = "le"


class Documented(NamedTuple):
    """A metric of the page."""

    kind: str
    labels: frozenset[str]


def documented_metrics() -> dict[str, Documented]:
    """Return the metrics of the page by name; a counter's ends with `_total`."""
    found = {}
    for line in _PAGE.read_text("utf-8").splitlines():
        if line.startswith("| `link_"):
            name, kind, labels, _ = (cell.strip() for cell in line.strip("|").split("|", 3))
            named = frozenset(re.findall(r"`(\w+)`", labels))
            found[name.strip("`")] = Documented(kind, named)
    return found


def documented_series() -> dict[str, frozenset[str]]:
    """Return the names that queries may use, each with its labels."""
    series = {}
    for name, metric in documented_metrics().items():
        if metric.kind != "histogram":
            series[name] = metric.labels
        for suffix in _SUFFIXES.get(metric.kind, ()):
            series[name + suffix] = metric.labels | ({_LE} if suffix == "_bucket" else set())
    return series
