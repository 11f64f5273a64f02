"""How pods start, are replaced and end, and what they may do."""

import re
from typing import Final

import pytest

from elements_bridge.settings import Settings as BridgeSettings
from link_api.settings import Settings as LinkSettings
from tests.deploys.chart.containers import OF_SERVICES, containers_of, service_of
from tests.deploys.chart.releases import ChartRefused, Helm, Object, Release

PROBES: Final = ("startupProbe", "livenessProbe", "readinessProbe")
IN_FLIGHT_S: Final = 10  # that a service gives calls after its drain
MARGIN_S: Final = 5
USER: Final = 10001  # of the images
_MEBIBYTES: Final = re.compile(r"(\d+)Mi")
# docs/performance.md: with ten thousand connections.
_MOST_MEASURED: Final = 128


def test_neither_start_nor_liveness_asks_a_store(release: Release) -> None:
    """A restart mends no Redis, and a bridge forgets by it what it alone knows."""
    for container in services_of(release):
        for probe in ("startupProbe", "livenessProbe"):
            assert "/healthz" == container[probe]["httpGet"]["path"]
        assert "/readyz" == container["readinessProbe"]["httpGet"]["path"]
        asked = {container[probe]["httpGet"]["port"] for probe in PROBES}
        assert {f"{container['name']}-int"} == asked


def test_probes_wait_longer_than_the_service_does(release: Release) -> None:
    """`/readyz` takes a second beside a silent store, and a Cluster's first answer may be 503."""
    for container in services_of(release):
        readiness, startup = container["readinessProbe"], container["startupProbe"]
        assert readiness["timeoutSeconds"] > 1
        assert readiness["failureThreshold"] > 1
        assert startup["periodSeconds"] * startup["failureThreshold"] >= 60


def test_an_internal_listener_answers_the_pod_s_address(release: Release) -> None:
    """It answers to any address where it listens on all; kubelets send the pod's as `Host`."""
    for container in containers_of(release):
        for name, value in container.environment().items():
            if name.endswith("_INTERNAL_HOST"):
                assert "0.0.0.0" == value  # noqa: S104  # in a pod
    for service in services_of(release):
        for probe in PROBES:
            assert {"path", "port"} == service[probe]["httpGet"].keys()


def test_a_pod_is_killed_after_its_drain_and_its_calls(release: Release) -> None:
    for pod in release.serving_pods():
        drains = [
            int(value)
            for container in containers_of(release)
            if container.pod is pod
            for name, value in container.environment().items()
            if name.endswith("_DRAIN_S")
        ]
        grace = pod["spec"]["terminationGracePeriodSeconds"]
        assert grace >= max(drains) + IN_FLIGHT_S + MARGIN_S
        assert all("lifecycle" not in one for one in pod["spec"]["containers"])


@pytest.mark.parametrize("topology", ["values-single.yaml", "values-sidecar.yaml"])
def test_a_longer_drain_gives_its_pod_more_time(helm: Helm, topology: str) -> None:
    """Of two in a pod the longer one counts; the services' own default is known."""
    for bridge, link_api in ((60, 30), (30, 60), (None, None)):
        values = {
            "bridge": {"settings": {"ELEMENTS_DRAIN_S": bridge}},
            "linkApi": {"settings": {"LINK_DRAIN_S": link_api}},
        }
        release = helm.render(topology, values)
        drains = {
            "bridge": bridge or BridgeSettings.model_fields["drain_s"].default,
            "link-api": link_api or LinkSettings.model_fields["drain_s"].default,
        }
        for pod in release.serving_pods():
            own = max(drains[one["name"]] for one in pod["spec"]["containers"])
            assert own + IN_FLIGHT_S + MARGIN_S <= pod["spec"]["terminationGracePeriodSeconds"]


def test_a_new_pod_is_ready_before_an_old_one_ends(release: Release) -> None:
    for deployment in release.of_kind("Deployment"):
        rolling = deployment["spec"]["strategy"]["rollingUpdate"]
        assert {"maxUnavailable": 0, "maxSurge": 1} == rolling


def test_a_changed_setting_starts_the_pods_anew(helm: Helm) -> None:
    """And those of the other service stay."""
    before = helm.render("values-single.yaml")
    changed = {"bridge": {"settings": {"ELEMENTS_LOG_LEVEL": "debug"}}}
    after = helm.render("values-single.yaml", changed)
    same = {
        name: before.named("Deployment", name)["spec"]["template"]
        == after.named("Deployment", name)["spec"]["template"]
        for name in ("cimplify-bridge", "cimplify-link-api")
    }
    assert {"cimplify-bridge": False, "cimplify-link-api": True} == same


def test_pods_have_no_rights(release: Release) -> None:
    for pod in release.pods():
        security = pod["spec"]["securityContext"]
        assert security["runAsNonRoot"] is True
        assert USER == security["runAsUser"] == security["fsGroup"]
        assert "RuntimeDefault" == security["seccompProfile"]["type"]
        assert pod["spec"]["automountServiceAccountToken"] is False
        assert pod["spec"]["enableServiceLinks"] is False
        for container in pod["spec"]["containers"]:
            own = container["securityContext"]
            assert own["readOnlyRootFilesystem"] is True
            assert own["allowPrivilegeEscalation"] is False
            assert ["ALL"] == own["capabilities"]["drop"]


def test_secrets_are_readable_by_the_pod_s_group_alone(release: Release) -> None:
    """As root's files: so a keyring is taken by a service that is not root."""
    for pod in release.pods():
        for volume in pod["spec"]["volumes"]:
            source = volume.get("projected") or volume.get("secret")
            if source is not None:
                assert 0o440 == source["defaultMode"]


def test_each_volume_is_mounted_and_each_mount_has_its_volume(release: Release) -> None:
    for pod in release.pods():
        volumes = [volume["name"] for volume in pod["spec"]["volumes"]]
        mounts = {m["name"] for one in pod["spec"]["containers"] for m in one["volumeMounts"]}
        assert len(volumes) == len(set(volumes))
        assert set(volumes) == mounts
        for container in pod["spec"]["containers"]:
            paths = {mount["mountPath"]: mount for mount in container["volumeMounts"]}
            assert "readOnly" not in paths.pop("/tmp")  # noqa: S108  # workers share figures there
            assert all(mount["readOnly"] for mount in paths.values())
            assert all("subPath" not in mount for mount in paths.values())


def test_memory_is_bounded_above_what_was_measured_and_cpu_is_not(release: Release) -> None:
    for container in containers_of(release):
        limits = container.spec["resources"]["limits"]
        assert {"memory"} == limits.keys()
        found = _MEBIBYTES.fullmatch(limits["memory"])
        assert found is not None
        assert int(found[1]) >= 2 * _MOST_MEASURED
        assert {"cpu", "memory"} == container.spec["resources"]["requests"].keys()


def test_a_database_is_migrated_before_a_pod_is_replaced(helm: Helm) -> None:
    """By a Job that needs nothing of the release, whose objects come after it."""
    release = helm.render("values-single.yaml")
    [job] = release.of_kind("Job")
    [policy] = [one for one in release.of_kind("NetworkPolicy") if "annotations" in one["metadata"]]
    hooks = [one["metadata"]["annotations"] for one in (policy, job)]
    assert {"pre-install,pre-upgrade"} == {hook["helm.sh/hook"] for hook in hooks}
    assert [-1, 0] == [int(hook["helm.sh/hook-weight"]) for hook in hooks]

    [migrations] = [one for one in containers_of(release) if one.name == "migrations"]
    assert ["migrate"] == migrations.spec["args"]
    assert service_of(release, "link-api").spec["image"] == migrations.spec["image"]
    assert "envFrom" not in migrations.spec
    assert ["LINK_DATABASE_URL_FILE"] == list(migrations.environment())
    assert {("link-api", "LINK_DATABASE_URL")} == set(migrations.secrets().values())
    without = helm.render("values-single.yaml", {"linkApi": {"migrations": {"enabled": False}}})
    assert [] == without.of_kind("Job")
    assert len(release.of_kind("NetworkPolicy")) == 1 + len(without.of_kind("NetworkPolicy"))


def test_whoever_is_due_is_closed_once_a_day(helm: Helm) -> None:
    """By the Link API's own settings and secrets, in a pod that no Service sends calls to."""
    release = helm.render("values-single.yaml")
    [job] = release.of_kind("CronJob")
    assert "Forbid" == job["spec"]["concurrencyPolicy"]
    [forgetting] = [one for one in containers_of(release) if one.name == "forgetting"]
    serving = service_of(release, "link-api")
    assert ["forget-dormant"] == forgetting.spec["args"]
    assert "Never" == forgetting.pod["spec"]["restartPolicy"]
    for what in ("image", "env", "envFrom"):
        assert serving.spec[what] == forgetting.spec[what]
    assert serving.secrets() == forgetting.secrets()
    for service in release.of_kind("Service"):
        assert forgetting.pod not in release.selected_by(service["spec"]["selector"])

    without = helm.render("values-single.yaml", {"linkApi": {"forgetting": {"enabled": False}}})
    assert [] == without.of_kind("CronJob")
    often = helm.render(
        "values-single.yaml", {"linkApi": {"forgetting": {"schedule": "5 4 * * 1"}}}
    )
    [weekly] = often.of_kind("CronJob")
    assert "5 4 * * 1" == weekly["spec"]["schedule"]
    with pytest.raises(ChartRefused, match="schedule"):
        helm.render("values-single.yaml", {"linkApi": {"forgetting": {"schedule": "daily"}}})


def services_of(release: Release) -> list[Object]:
    """Return the containers of the services."""
    return [one.spec for one in containers_of(release) if one.name in OF_SERVICES]
