"""The chart as each topology has it."""

from collections.abc import Iterator
from typing import Final

import pytest

from tests.deploys.chart.releases import CHART, Helm, Release, helm_started

# Everything optional is on, so that it is checked with the rest.
ALL_ON: Final = {
    "certificates": "link-certificates",
    "imagePullSecrets": [{"name": "registry"}],
    "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
}
_BRIDGE: Final = {"businesses": "link-businesses", "authServiceUrl": "https://main.example"}
TOPOLOGIES: Final = sorted(path.name for path in CHART.glob("values-*.yaml"))


@pytest.fixture(scope="session")
def helm() -> Iterator[Helm]:
    """Helm's library."""
    with helm_started() as helm:
        yield helm


@pytest.fixture(scope="session", params=TOPOLOGIES)
def topology(request: pytest.FixtureRequest) -> str:
    """The values file of each topology."""
    return str(request.param)


@pytest.fixture(scope="session")
def release(helm: Helm, topology: str) -> Release:
    """The release of a topology, with `mine.yaml` of the page and all that is optional."""
    alone = topology == "values-beside-main-api.yaml"
    bridge = _BRIDGE if alone else {"businesses": _BRIDGE["businesses"]}
    return helm.render(topology, {**ALL_ON, "bridge": bridge})
