"""Who follows the page word by word gets a release that runs."""

import re
from typing import Final

from tests.deploys.chart.conftest import TOPOLOGIES
from tests.deploys.chart.containers import containers_of
from tests.deploys.chart.releases import PAGE, ROOT, Helm

TEXT: Final = PAGE.read_text("utf-8")
_SECRET: Final = re.compile(r"create secret generic (\S+)((?:[^\n]*\\\n)*[^\n]*)")
_KEY: Final = re.compile(r"--from-(?:literal|file)=([\w.-]+)=")
_CHART_FILE: Final = re.compile(r"deploy/helm/cimplify-link[\w./-]*")


def test_the_page_makes_every_secret_that_the_pods_read_and_no_other(helm: Helm) -> None:
    made = {(name, key) for name, rest in _SECRET.findall(TEXT) for key in _KEY.findall(rest)}
    release = helm.render("values-sentinel.yaml")
    assert made == {
        one for container in containers_of(release) for one in container.secrets().values()
    }


def test_the_page_names_what_helm_makes(helm: Helm) -> None:
    """Deployments, internal Services and paths in the pods."""
    release = helm.render("values-sentinel.yaml")
    deployments = {one["metadata"]["name"] for one in release.of_kind("Deployment")}
    assert set(re.findall(r"deploy/(cimplify-\w[\w-]*)", TEXT)) <= deployments
    for name in re.findall(r"`(cimplify-[\w-]+-internal)`", TEXT):
        assert release.named("Service", name)
    mounted = {path for container in containers_of(release) for path in container.secrets()}
    assert set(re.findall(r"/run/link/[\w/-]+", TEXT)) <= mounted


def test_the_page_lists_the_values_file_of_each_topology() -> None:
    assert TOPOLOGIES == sorted(set(re.findall(r"`(values-[\w-]+\.yaml)`", TEXT)))
    for path in _CHART_FILE.findall(TEXT):
        assert (ROOT / path).exists(), path


def test_the_notes_say_how_to_wait_and_in_which_order_to_upgrade(helm: Helm) -> None:
    notes = helm.render("values-single.yaml").notes
    assert "rollout status deployment/cimplify-bridge" in notes
    assert notes.index("--set bridge.image.tag=NEW\n") < notes.index("--set linkApi.image.tag=NEW")
    together = helm.render("values-sidecar.yaml").notes
    assert "rollout restart deployment/cimplify-both" in together
    assert "linkApi.image.tag" not in together
