"""Every object is one that Kubernetes takes, and they find each other."""

from typing import Any, Final

import pytest

from tests.deploys.chart.releases import Helm, Object, Release

VERSIONS: Final = ("1.27", "1.37")
PARTS: Final = {
    "values-beside-main-api.yaml": {"bridge"},
    "values-sidecar.yaml": {"both"},
}


@pytest.mark.parametrize("version", VERSIONS)
def test_kubernetes_takes_every_object_and_knows_each_field(
    helm: Helm, release: Release, version: str
) -> None:
    faults = {one["metadata"]["name"]: helm.fault(one, version) for one in release.objects}
    assert {} == {name: fault for name, fault in faults.items() if fault}


def test_the_schemas_refuse_what_kubernetes_does_not_know(helm: Helm, release: Release) -> None:
    """Otherwise the test above would say nothing."""
    [service, *_] = release.of_kind("Service")
    broken = service | {"spec": service["spec"] | {"selectors": {}}}
    assert "selectors" in (helm.fault(broken, VERSIONS[-1]) or "")


def test_a_topology_has_its_workloads(release: Release, topology: str) -> None:
    workloads = PARTS.get(topology, {"bridge", "link-api"})
    names = {f"cimplify-{workload}" for workload in workloads}
    assert names == {one["metadata"]["name"] for one in release.of_kind("Deployment")}
    assert names == {one["metadata"]["name"] for one in release.of_kind("PodDisruptionBudget")}


def test_no_two_objects_of_a_kind_share_a_name(release: Release) -> None:
    names = [(one["kind"], one["metadata"]["name"]) for one in release.objects]
    assert len(names) == len(set(names))


def test_selectors_find_the_pods_that_they_mean(release: Release) -> None:
    for deployment in release.of_kind("Deployment"):
        template = deployment["spec"]["template"]
        selector = deployment["spec"]["selector"]["matchLabels"]
        assert [template] == release.selected_by(selector)
        for constraint in template["spec"]["topologySpreadConstraints"]:
            assert selector == constraint["labelSelector"]["matchLabels"]
        name = deployment["metadata"]["name"]
        budget = release.named("PodDisruptionBudget", name)
        assert selector == budget["spec"]["selector"]["matchLabels"]


def test_services_lead_to_ports_that_their_pods_have(release: Release) -> None:
    for service in release.of_kind("Service"):
        pods = release.selected_by(service["spec"]["selector"])
        assert 1 == len(pods)
        ports = ports_of(pods[0])
        for port in service["spec"]["ports"]:
            assert port["targetPort"] in ports
            is_internal = service["metadata"]["name"].endswith("-internal")
            assert is_internal == port["targetPort"].endswith("-int")


def test_an_ingress_leads_public_paths_to_public_services_alone(
    release: Release, topology: str
) -> None:
    [ingress] = release.of_kind("Ingress")
    found = {
        (rule["host"], path["path"]): path["backend"]["service"]["name"]
        for rule in ingress["spec"]["rules"]
        for path in rule["http"]["paths"]
    }
    rest = {} if topology == "values-beside-main-api.yaml" else {"/v1/link": "cimplify-link-api"}
    both = {"/v1/link/elements": "cimplify-bridge"} | rest
    assert found == {
        ("link.cimplify.io", "/elements"): "cimplify-bridge",
        **{("link.cimplify.io", path): name for path, name in both.items()},
        **{("api.cimplify.io", path): name for path, name in both.items()},
    }
    for name in set(found.values()):
        assert release.named("Service", name)


def test_hosts_of_an_ingress_have_no_port_and_stand_once(helm: Helm) -> None:
    """One origin may be both, and a test deployment may have a port."""
    origin = "https://link.example:8443"
    both = {"publicUrl": origin, "elementsOrigin": origin}
    [ingress] = helm.render("values-single.yaml", both).of_kind("Ingress")
    assert ["link.example"] == [rule["host"] for rule in ingress["spec"]["rules"]]
    assert ["link.example"] == ingress["spec"]["tls"][0]["hosts"]


def test_prometheus_finds_the_internal_services(release: Release) -> None:
    """And gets the Link API's token for its figures, but not the bridge's, which ends sessions."""
    monitors = release.of_kind("ServiceMonitor")
    assert len(monitors) == len(release.of_kind("ConfigMap"))
    for monitor in monitors:
        labels = monitor["spec"]["selector"]["matchLabels"].items()
        [service] = [
            one for one in release.of_kind("Service") if labels <= one["metadata"]["labels"].items()
        ]
        assert f"{monitor['metadata']['name']}-internal" == service["metadata"]["name"]
        [endpoint] = monitor["spec"]["endpoints"]
        assert endpoint["port"] in {port["name"] for port in service["spec"]["ports"]}
        assert "prometheus" == monitor["metadata"]["labels"]["release"]
        tokens = [endpoint["authorization"]["credentials"]] if "authorization" in endpoint else []
        is_bridge = monitor["metadata"]["name"] == "cimplify-bridge"
        assert tokens == ([] if is_bridge else [{"name": "link-api", "key": "LINK_INTERNAL_TOKEN"}])


def test_pods_that_grow_in_number_have_no_number_of_their_own(release: Release) -> None:
    """Else each upgrade would set it back."""
    scaled = {
        one["metadata"]["name"]: one["spec"] for one in release.of_kind("HorizontalPodAutoscaler")
    }
    for deployment in release.of_kind("Deployment"):
        spec = scaled.get(deployment["metadata"]["name"])
        assert (spec is not None) == ("replicas" not in deployment["spec"])
        least = spec["minReplicas"] if spec else deployment["spec"]["replicas"]
        budget = release.named("PodDisruptionBudget", deployment["metadata"]["name"])
        assert least > budget["spec"]["maxUnavailable"] == 1


@pytest.mark.parametrize("name", ["cimplify-bridge", "cimplify-link-api"])
def test_load_is_counted_by_the_core_that_a_process_can_use(helm: Helm, name: str) -> None:
    [metric] = helm.render("values-cluster.yaml").named("HorizontalPodAutoscaler", name)["spec"][
        "metrics"
    ]
    assert {"type": "AverageValue", "averageValue": "600m"} == metric["resource"]["target"]


def ports_of(pod: Object) -> dict[str, Any]:
    """Return the ports of a pod's containers by their names."""
    return {
        port["name"]: port["containerPort"]
        for container in pod["spec"]["containers"]
        for port in container.get("ports", ())
    }
