"""What is deployed, and what it is built with, has the versions that the tests run on."""

from pathlib import Path

import pytest

from tests.support.locks import pinned

REQUIREMENTS = Path(__file__).parents[2] / "requirements"


@pytest.mark.parametrize("lock", ["bridge", "link_api", "build"])
def test_the_versions_of_a_lock_are_those_of_the_development_environment(lock: str) -> None:
    tested = pinned(REQUIREMENTS / "dev.lock")
    deployed = pinned(REQUIREMENTS / f"{lock}.lock")
    assert {} == {name: one for name, one in deployed.items() if tested.get(name) != one}
