"""Who may call whom: what no policy names is refused."""

from collections.abc import Iterator
from typing import Final

import pytest

from tests.deploys.chart.releases import Helm, Object, Release
from tests.deploys.chart.test_objects import ports_of

DNS: Final = frozenset({("UDP", 53), ("TCP", 53)})
GATEWAY: Final = "ingress-nginx"
MONITORING: Final = "monitoring"


def test_every_pod_has_a_policy_for_both_directions(release: Release) -> None:
    """A pod without one would be open."""
    for pod in release.pods():
        policies = list(policies_of(release, pod))
        parts = [label for label in pod["metadata"]["labels"] if label.startswith("link.")]
        assert len(policies) == (len(parts) or 1)
        for policy in policies:
            assert {"Ingress", "Egress"} == set(policy["spec"]["policyTypes"])


def test_every_rule_names_its_ports_and_no_call_comes_from_everywhere(release: Release) -> None:
    """A rule without peers lets in everybody, and one without ports to everything."""
    for policy in release.of_kind("NetworkPolicy"):
        for rule in policy["spec"].get("ingress", ()):
            assert rule["from"]
            assert rule["ports"]
        for rule in policy["spec"]["egress"]:
            assert rule["ports"]
            assert rule.get("to", True)


def test_the_gateway_reaches_public_ports_alone_and_monitoring_internal_ones(
    release: Release,
) -> None:
    for pod in release.serving_pods():
        ports = set(ports_of(pod))
        internal = {port for port in ports if port.endswith("-int")}
        assert ports - internal == _entries(release, pod, GATEWAY)
        assert internal == _entries(release, pod, MONITORING)
        assert internal <= ports


@pytest.mark.parametrize("topology", ["values-single.yaml", "values-sidecar.yaml"])
def test_whoever_asks_the_bridge_inside_is_named(helm: Helm, topology: str) -> None:
    """The internal listener of the Link API has nothing for them."""
    peers = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "shop"}}}]
    release = helm.render(topology, {"networkPolicy": {"internal": peers}})
    found = {port for pod in release.serving_pods() for port in _entries(release, pod, "shop")}
    assert {"bridge-int"} == found


def test_services_reach_dns_their_stores_and_each_other(release: Release, topology: str) -> None:
    redis = {6379, 26379} if topology == "values-sentinel.yaml" else {6379}
    web = {443, 8080} if topology == "values-beside-main-api.yaml" else {443}
    reached = {
        "bridge": redis | (web if topology == "values-beside-main-api.yaml" else {8081}),
        "link-api": redis | web | {5432},
        "migrations": {5432},
        "forgetting": redis | {5432},
    }
    for pod in release.pods():
        own = {one["name"] for one in pod["spec"]["containers"]}
        expected = {("TCP", port) for name in own for port in reached[name]} | DNS
        assert expected == set(_exits(release, pod))


def test_the_bridge_calls_the_link_api_of_its_release_and_is_let_in(helm: Helm) -> None:
    release = helm.render("values-single.yaml")
    [bridge] = [pod for pod in release.serving_pods() if "bridge" in ports_of(pod)]
    [link_api] = [pod for pod in release.serving_pods() if "link-api" in ports_of(pod)]
    [policy], [callee] = policies_of(release, bridge), policies_of(release, link_api)

    [to] = [rule["to"] for rule in policy["spec"]["egress"] if rule["ports"][0]["port"] == 8081]
    assert [link_api] == release.selected_by(to[0]["podSelector"]["matchLabels"])
    [peer] = [
        peer
        for rule in callee["spec"]["ingress"]
        if rule["ports"][0]["port"] == "link-api"
        for peer in rule["from"]
        if "podSelector" in peer
    ]
    assert [bridge] == release.selected_by(peer["podSelector"]["matchLabels"])


def test_mail_and_narrower_destinations_are_values(helm: Helm) -> None:
    postgres = [{"ipBlock": {"cidr": "10.0.7.0/24"}}]
    egress = {"mail": {"ports": [465]}, "database": {"to": postgres}}
    release = helm.render("values-single.yaml", {"networkPolicy": {"egress": egress}})
    rules = release.named("NetworkPolicy", "cimplify-link-api")["spec"]["egress"]
    by_port = {rule["ports"][0]["port"]: rule for rule in rules}
    assert postgres == by_port[5432]["to"]
    assert 465 in by_port


def test_an_empty_list_of_callers_is_nobody(helm: Helm) -> None:
    """Kubernetes takes an empty list of peers for everybody."""
    release = helm.render(
        "values-single.yaml", {"networkPolicy": {"gateway": [], "monitoring": []}}
    )
    callers = [
        (policy["metadata"]["name"], rule["from"], rule["ports"][0]["port"])
        for policy in release.of_kind("NetworkPolicy")
        for rule in policy["spec"].get("ingress") or ()
    ]
    [(name, peers, port)] = callers
    assert ("cimplify-link-api", "link-api") == (name, port)
    assert ["podSelector"] == [kind for peer in peers for kind in peer]


def test_policies_can_be_left_to_others(helm: Helm) -> None:
    release = helm.render("values-single.yaml", {"networkPolicy": {"enabled": False}})
    assert [] == release.of_kind("NetworkPolicy")


def policies_of(release: Release, pod: Object) -> Iterator[Object]:
    """Yield the policies that select a pod."""
    for policy in release.of_kind("NetworkPolicy"):
        labels = policy["spec"]["podSelector"]["matchLabels"]
        if labels.items() <= pod["metadata"]["labels"].items():
            yield policy


def _entries(release: Release, pod: Object, namespace: str) -> set[str]:
    """Return the ports of a pod that a namespace may call."""
    return {
        port["port"]
        for policy in policies_of(release, pod)
        for rule in policy["spec"].get("ingress", ())
        for peer in rule["from"]
        if namespace in peer.get("namespaceSelector", {}).get("matchLabels", {}).values()
        for port in rule["ports"]
    }


def _exits(release: Release, pod: Object) -> Iterator[tuple[str, int]]:
    """Yield the protocols and ports that a pod may call."""
    for policy in policies_of(release, pod):
        for rule in policy["spec"]["egress"]:
            for port in rule["ports"]:
                yield port["protocol"], port["port"]
