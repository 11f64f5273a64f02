"""Both images, built once for a run."""

from collections.abc import Iterator

import pytest

from tests.images.builder import Image, Target, built, remove_containers
from tests.support.servers.databases import postgres_server

__all__ = ["postgres_server"]


@pytest.fixture(scope="session", autouse=True)
def unmounted() -> Iterator[None]:
    """What was built is unmounted at the end."""
    yield
    remove_containers()


@pytest.fixture(scope="session", params=["bridge", "link-api"])
def image(request: pytest.FixtureRequest) -> Image:
    """Each of the images."""
    target: Target = request.param
    return built(target)


@pytest.fixture(scope="session")
def bridge() -> Image:
    """The bridge's."""
    return built("bridge")


@pytest.fixture(scope="session")
def link_api() -> Image:
    """The Link API's."""
    return built("link-api")
