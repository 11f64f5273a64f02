"""`health` finds the service by the service's own settings, as the image's HEALTHCHECK needs it."""

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest

from elements_bridge.settings import Settings as BridgeSettings
from link_api.settings import Settings as LinkSettings
from tests.deploys.deployed import Address, Deployment, ServiceName, deployed
from tests.support.servers.commands import run_module

EVERY_ADDRESS: Final = "0.0.0.0"  # noqa: S104  # as in a container
TOKEN: Final = "of-internal-callers-of-this-run"
MODULES: Final = {"bridge": ("elements_bridge", "ELEMENTS"), "link-api": ("link_api", "LINK")}
SERVICES: Final = pytest.mark.parametrize(("module", "prefix"), list(MODULES.values()))


@pytest.mark.parametrize(
    ("name", "host"),
    [("bridge", EVERY_ADDRESS), ("bridge", "::1"), ("bridge", "localhost"), ("link-api", "::")],
)
async def test_a_service_is_healthy_wherever_it_listens(
    name: ServiceName, host: str, redis_url: str, tmp_path: Path
) -> None:
    """Until it has stopped."""
    module, prefix = MODULES[name]
    deployment, at = Deployment(redis_url, tmp_path), Address()
    settings = {"INTERNAL_HOST": host, "INTERNAL_TOKEN": TOKEN, "DRAIN_S": "0"}
    env = deployment.environment(name, at) | {f"{prefix}_INTERNAL_HOST": host}
    async with deployed(deployment, name, settings, at=at) as process:
        assert (0, f"{host}:{at.internal_port}/healthz: ok", "") == run_module(
            module, "health", env=env
        )
        assert await process.service.stop() == 0
    status, output, error = run_module(module, "health", env=env)
    assert (1, "") == (status, output)
    assert f"{host}:{at.internal_port}/healthz: " in error
    assert len(error.splitlines()) == 1


@SERVICES
def test_without_settings_the_port_asked_is_the_one_served_by_default(
    module: str, prefix: str
) -> None:
    """An empty variable, and what Kubernetes writes for a Service, are no settings."""
    fields = (BridgeSettings if prefix == "ELEMENTS" else LinkSettings).model_fields
    expected = f"{fields['internal_host'].default}:{fields['internal_port'].default}/healthz"
    unset = {f"{prefix}_INTERNAL_HOST": "", f"{prefix}_INTERNAL_PORT": "tcp://10.0.0.1:80"}
    assert expected in "".join(map(str, run_module(module, "health", env={})))
    assert expected in "".join(map(str, run_module(module, "health", env=unset)))


@pytest.mark.parametrize("port", ["http", "70000", "-1"])
def test_what_is_no_port_is_told_in_one_line(port: str) -> None:
    env = {"LINK_INTERNAL_PORT": port}
    status, output, error = run_module("link_api", "health", env=env)
    assert (1, "", 1) == (status, output, len(error.splitlines()))


def test_another_server_is_not_healthy_whatever_it_answers(redis_url: str) -> None:
    env = {"ELEMENTS_INTERNAL_PORT": str(urlsplit(redis_url).port)}
    assert run_module("elements_bridge", "health", env=env)[0] == 1
