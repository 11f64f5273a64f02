"""The file names settings, files and targets that there are, and grants no needless right."""

import re
from pathlib import Path
from typing import Any, Final

import pytest

from elements_bridge.settings import Settings as BridgeSettings
from link_api.settings import DatabaseSettings
from link_api.settings import Settings as LinkSettings
from link_kernel.settings.environment import variable_names
from tests.deploys.compose.composed import DEPLOY, composed, service

ROOT: Final = DEPLOY.parent
NAMES: Final = {
    "bridge": variable_names("ELEMENTS", BridgeSettings),
    "link-api": variable_names("LINK", LinkSettings),
    "migrate": variable_names("LINK", DatabaseSettings),
    "forgetting": variable_names("LINK", LinkSettings),
}
CALLS_THAT_HAVE_BEGUN_S: Final = 10
EVERY: Final = pytest.mark.parametrize("name", list(composed()["services"]))


@pytest.mark.parametrize("name", list(NAMES))
def test_each_variable_is_a_setting_and_each_secret_a_file(name: str) -> None:
    given = service(name)["environment"]
    assert set() == set(given) - NAMES[name]
    assert {f"/run/secrets/{secret}" for secret in service(name)["secrets"]} == {
        value for key, value in given.items() if key.endswith("_FILE")
    }


def test_each_file_and_each_target_exists() -> None:
    targets = re.findall(
        r"^FROM \S+ AS (\S+)", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE
    )
    for name in ("bridge", "link-api"):
        build = service(name)["build"]
        assert build["target"] in targets
        assert (DEPLOY / build["context"] / "Dockerfile").is_file()
    for one in composed()["services"].values():
        for source in (volume.split(":")[0] for volume in one.get("volumes", [])):
            named = source in composed()["volumes"]
            assert named or (DEPLOY / source).is_file(), source
    assert set(_secrets_of_all()) == set(composed()["secrets"])


@EVERY
def test_a_container_has_a_read_only_root_and_no_right_that_it_does_not_need(name: str) -> None:
    one = service(name)
    assert one["read_only"] is True
    assert ["ALL"] == one["cap_drop"]
    assert ["no-new-privileges:true"] == one["security_opt"]
    assert [] == [right for right in one.get("cap_add", []) if right != "NET_BIND_SERVICE"]


@EVERY
def test_whoever_is_waited_for_says_when_it_is_ready(name: str) -> None:
    """Our images have a health check of their own; the others are given one here."""
    waits = {"service_healthy": _is_checked, "service_completed_successfully": _ends}
    for other, wait in service(name).get("depends_on", {}).items():
        check = waits.get(wait["condition"])
        assert check is None or check(service(other)), other


@pytest.mark.parametrize("name", ["bridge", "link-api"])
def test_a_service_is_killed_only_after_its_drain_and_its_calls(name: str) -> None:
    drain = (BridgeSettings if name == "bridge" else LinkSettings).model_fields["drain_s"].default
    grace = int(service(name)["stop_grace_period"].removesuffix("s"))
    assert grace >= drain + CALLS_THAT_HAVE_BEGUN_S


def test_only_the_gateway_is_reached_from_outside() -> None:
    """The stores' network leads nowhere, and what shares the pod listens on its loopback."""
    published = [name for name, one in composed()["services"].items() if "ports" in one]
    assert ["pod"] == published
    assert {"80", "443"} == {port.split(":")[0] for port in service("pod")["ports"]}
    assert composed()["networks"]["stores"]["internal"] is True
    for name, variable in (("bridge", "ELEMENTS_HOST"), ("link-api", "LINK_HOST")):
        assert "127.0.0.1" == service(name)["environment"][variable]


def test_the_secrets_are_in_no_commit() -> None:
    ignored = (ROOT / ".gitignore").read_text("utf-8").splitlines()
    assert "deploy/secrets/" in ignored
    assert all(
        Path(one["file"]).parent == Path("secrets") for one in composed()["secrets"].values()
    )


def test_the_script_puts_each_keyring_into_the_volume_of_its_service() -> None:
    """Compose makes no volume of that name: without the script it does not start."""
    script = (DEPLOY / "secrets.sh").read_text("utf-8")
    for name in ("bridge", "link-api"):
        (mounted,) = service(name)["volumes"]
        volume, _, folder = mounted.partition(":")
        declared = composed()["volumes"][volume]
        assert declared["external"] is True
        image = service(name)["image"]
        assert f"--volume {declared['name']}:{folder} {image}}}" in script


def _secrets_of_all() -> list[str]:
    return [secret for one in composed()["services"].values() for secret in one.get("secrets", [])]


def _is_checked(one: dict[str, Any]) -> bool:
    return "build" in one or "test" in one.get("healthcheck", {})


def _ends(one: dict[str, Any]) -> bool:
    return bool(one["restart"] == "no")
