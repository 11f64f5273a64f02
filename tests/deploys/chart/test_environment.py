"""What the chart sets are settings of the services, and each service starts with them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from aiohttp import ClientSession

from elements_bridge.keyring import new_keyring_file
from elements_bridge.settings import Settings as BridgeSettings
from link_api.settings import Settings as LinkSettings
from link_dev.embedded.free_port import free_port
from link_kernel.keys.keyring_file import SecretKeyring, new_secret
from link_kernel.settings.environment import read_environment, variable_names
from link_kernel.settings.secret_files import secret_names
from tests.deploys.chart.containers import OF_SERVICES, containers_of, service_of
from tests.deploys.chart.releases import CHART, Helm, Release
from tests.deploys.chart.test_pods import PROBES
from tests.support.servers.commands import serving

SETTINGS: Final[dict[str, tuple[str, type[Any], str]]] = {
    "bridge": ("ELEMENTS", BridgeSettings, "elements_bridge"),
    "link-api": ("LINK", LinkSettings, "link_api"),
}
_TOKEN: Final = "of-bridge-and-link-api-alone"
CONTENTS: Final = {
    "ELEMENTS_REDIS_URL": "redis://127.0.0.1:6379",
    "ELEMENTS_KEYRING": new_keyring_file().model_dump_json(),
    "ELEMENTS_INTERNAL_TOKEN": "a-token-for-the-internal-side",
    "ELEMENTS_AUTH_SERVICE_TOKEN": _TOKEN,
    "LINK_REDIS_URL": "redis://127.0.0.1:6379",
    "LINK_KEYRING": SecretKeyring(secrets=(new_secret(),)).model_dump_json(),
    "LINK_DATABASE_URL": "postgresql://link:of-postgres@127.0.0.1/link",
    "LINK_INTERNAL_TOKEN": "another-token-for-the-inside",
    "LINK_BRIDGE_TOKEN": _TOKEN,
    "LINK_OTP_WEBHOOK_URL": "https://sender.example/codes",
    "LINK_OTP_WEBHOOK_SECRET": "whsec_dGhpcyBpcyAzMiBieXRlcyBvZiBITUFDLVNIQTI1Ni4=",
}
# What values set too: the chart's default for each, and what `mine.yaml` of the page says.
_CHOSEN: Final = {
    "ELEMENTS_DRAIN_S",
    "ELEMENTS_INTERNAL_NAMES",
    "LINK_DRAIN_S",
    "LINK_ELEMENTS_JWKS_URL",
    "LINK_INTERNAL_NAMES",
    "LINK_OTP_SENDER",
}


def test_the_environment_of_each_container_is_settings_of_its_service(
    release: Release, tmp_path: Path
) -> None:
    for container in containers_of(release):
        if container.name in SETTINGS:
            prefix, model, _ = SETTINGS[container.name]
            environment = container.environment_with(tmp_path, CONTENTS)
            assert environment.keys() <= variable_names(prefix, model)
            assert read_environment(prefix, model, environment).host == "0.0.0.0"  # noqa: S104  # in a pod


def test_a_secret_reaches_a_service_by_a_file_alone(release: Release) -> None:
    """No value of an environment is one, for each process and crash report shows them."""
    for container in containers_of(release):
        prefix, model, _ = SETTINGS.get(container.name, SETTINGS["link-api"])
        secret = secret_names(prefix, model) | {f"{prefix}_KEYRING"}
        assert not secret_names(prefix, model) & container.environment().keys()
        given = {path: name for name, path in container.environment().items()}
        for path in container.secrets():
            assert given[path].removesuffix("_FILE") in secret
        assert all("value" in one for one in container.spec["env"])


def test_every_file_that_a_setting_names_is_mounted(release: Release) -> None:
    for container in containers_of(release):
        mounts = {mount["mountPath"] for mount in container.spec["volumeMounts"]}
        for name, value in container.environment().items():
            if value.startswith("/"):
                assert value in container.secrets() or str(Path(value).parent) in mounts, name


def test_the_chart_has_no_secret_of_its_own(release: Release) -> None:
    assert [] == release.of_kind("Secret")


def test_both_services_agree(release: Release, topology: str) -> None:
    """On mode, origins, issuer, audience, and the token by which the one knows the other."""
    if topology == "values-beside-main-api.yaml":
        return
    bridge, link_api = (service_of(release, name) for name in OF_SERVICES)
    told, heard = bridge.environment(), link_api.environment()
    for one, other in (
        ("ELEMENTS_MODE", "LINK_MODE"),
        ("ELEMENTS_PUBLIC_URL", "LINK_PUBLIC_URL"),
        ("ELEMENTS_ORIGIN", "LINK_ELEMENTS_ORIGIN"),
        ("ELEMENTS_ISSUER", "LINK_ELEMENTS_ISSUER"),
        ("ELEMENTS_AUDIENCE", "LINK_ELEMENTS_AUDIENCE"),
    ):
        assert told[one] == heard[other]
    token = told["ELEMENTS_AUTH_SERVICE_TOKEN_FILE"], heard["LINK_BRIDGE_TOKEN_FILE"]
    assert bridge.secrets()[token[0]] == link_api.secrets()[token[1]]


def test_they_reach_each_other(release: Release, topology: str) -> None:
    """By a Service, or on loopback where they share a pod; keys come by https or on loopback."""
    told = service_of(release, "bridge").environment()["ELEMENTS_AUTH_SERVICE_URL"]
    if topology == "values-beside-main-api.yaml":
        assert told == "https://main.example"
        return
    heard = service_of(release, "link-api").environment()
    if topology == "values-sidecar.yaml":
        assert told == f"http://127.0.0.1:{heard['LINK_PORT']}"
        assert heard["LINK_ELEMENTS_JWKS_URL"].startswith("http://127.0.0.1:8080/")
        assert "127.0.0.1/32" in heard["LINK_TRUSTED_PROXIES"]
    else:
        service = release.named("Service", told.removeprefix("http://"))
        assert [80] == [port["port"] for port in service["spec"]["ports"]]
        assert heard["LINK_ELEMENTS_JWKS_URL"].startswith("https://api.cimplify.io/")
        assert "10.244.0.0/16" == heard["LINK_TRUSTED_PROXIES"]


@pytest.mark.parametrize("name", OF_SERVICES)
def test_values_may_set_every_setting_that_is_none_of_the_chart_s(helm: Helm, name: str) -> None:
    """The schema names each; a new setting of a service has to be added there."""
    prefix, model, _ = SETTINGS[name]
    schema = json.loads((CHART / "values.schema.json").read_text("utf-8"))
    part = schema["properties"]["bridge" if name == "bridge" else "linkApi"]["properties"]
    of_values, secrets = (set(part[key]["properties"]) for key in ("settings", "secrets"))

    bridge = {"businesses": "link-businesses"}
    release = helm.render("values-single.yaml", {"bridge": bridge})
    set_by_chart = set(release.named("ConfigMap", f"cimplify-{name}")["data"])
    fields = {f"{prefix}_{field}".upper() for field in model.model_fields}
    assert secret_names(prefix, model) | {f"{prefix}_KEYRING"} == secrets
    assert of_values == fields - secrets - (set_by_chart - _CHOSEN)


def test_numbers_reach_the_service_as_digits(helm: Helm) -> None:
    """Helm's own way to print one is 1e+06."""
    settings = {"LINK_LIMIT_OTP_HOURLY_ALL": 1_000_000, "LINK_LOG_LEVEL": "debug"}
    release = helm.render("values-single.yaml", {"linkApi": {"settings": settings}})
    found = service_of(release, "link-api").environment()
    assert "1000000" == found["LINK_LIMIT_OTP_HOURLY_ALL"]
    assert ("debug", "webhook") == (found["LINK_LOG_LEVEL"], found["LINK_OTP_SENDER"])


def test_internal_services_are_called_by_their_names(release: Release) -> None:
    """From the same namespace, and from others."""
    for container in containers_of(release):
        if container.name in SETTINGS:
            prefix = SETTINGS[container.name][0]
            names = container.environment()[f"{prefix}_INTERNAL_NAMES"].split(",")
            assert release.named("Service", names[0])
            assert names[1:] == [
                f"{names[0]}.link{end}" for end in ("", ".svc", ".svc.cluster.local")
            ]


@pytest.mark.parametrize("name", OF_SERVICES)
async def test_a_service_starts_so_and_its_probes_are_answered(
    helm: Helm, name: str, redis_url: str, tmp_path: Path
) -> None:
    """As in a pod, but for the addresses, which are this machine's, and SQLite."""
    container = service_of(helm.render("values-sidecar.yaml"), name)
    prefix, _, module = SETTINGS[name]
    ports = {port["name"]: port["containerPort"] for port in container.spec["ports"]}
    environment = container.environment_with(tmp_path, _here(redis_url, tmp_path))
    here = {name: free_port(), f"{name}-int": free_port()}
    assert ports == {
        name: int(environment[f"{prefix}_PORT"]),
        f"{name}-int": int(environment[f"{prefix}_INTERNAL_PORT"]),
    }
    environment |= {
        f"{prefix}_HOST": "127.0.0.1",
        f"{prefix}_INTERNAL_HOST": "127.0.0.1",
        f"{prefix}_PORT": str(here[name]),
        f"{prefix}_INTERNAL_PORT": str(here[f"{name}-int"]),
    }
    async with serving(module, environment, listeners=2), ClientSession() as http:
        for probe in PROBES:
            asked = container.spec[probe]["httpGet"]
            url = f"http://127.0.0.1:{here[asked['port']]}{asked['path']}"
            internal = f"{environment[f'{prefix}_INTERNAL_NAMES'].split(',')[0]}:80"
            async with http.get(url, headers={"Host": internal}) as answer:
                assert (200, probe) == (answer.status, probe), await answer.text()


def _here(redis_url: str, folder: Path) -> Mapping[str, str]:
    return CONTENTS | {
        "ELEMENTS_REDIS_URL": redis_url,
        "LINK_REDIS_URL": f"{redis_url}\n",  # as an editor ends it
        "LINK_DATABASE_URL": f"sqlite:///{folder / 'link.db'}",
    }
