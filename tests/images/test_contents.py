"""An image holds one service and what that needs, and belongs to root."""

import stat
from typing import Final

from tests.images.builder import ROOT, Image
from tests.images.installed import LOCKS, installed
from tests.support.locks import pinned

CODE: Final = {
    "bridge": ({"elements_bridge", "link_kernel"}, {"link_api", "link_dev"}),
    "link-api": ({"link_api", "link_kernel"}, {"elements_bridge", "link_dev"}),
}
COMMANDS: Final = {"bridge": "elements-bridge", "link-api": "link-api"}
# What the service's packages may take, in MB: a little above what they take today.
SIZES: Final = {"bridge": 90, "link-api": 170}
_UNCHECKED_HASH: Final = 0b01


def test_it_holds_its_own_code_alone(image: Image) -> None:
    own, others = CODE[image.target]
    there = {path.name for path in image.packages.iterdir()}
    assert own <= there
    assert set() == others & there
    commands = {path.name for path in (image.packages.parents[2] / "bin").iterdir()}
    assert {COMMANDS[image.target]} == commands & {*COMMANDS.values(), "link-dev"}


def test_it_holds_the_locked_distributions_and_nothing_it_was_built_with(image: Image) -> None:
    found = installed(image)
    expected = pinned(ROOT / "requirements" / LOCKS[image.target], image.python)
    assert expected | {"cimplify-link-elements": found["cimplify-link-elements"]} == found
    assert not (image.files / "build").exists()
    assert not (image.files / "opt" / "tools").exists()


def test_its_packages_are_compiled_for_a_root_that_stays_as_it_is(image: Image) -> None:
    """Nothing looks whether the source is newer, so a changed time costs no start."""
    for package in CODE[image.target][0]:
        for source in (image.packages / package).rglob("*.py"):
            (compiled,) = (source.parent / "__pycache__").glob(f"{source.stem}.cpython-*.pyc")
            assert _UNCHECKED_HASH == int.from_bytes(compiled.read_bytes()[4:8], "little"), source


def test_nobody_but_root_can_change_it(image: Image) -> None:
    service = image.packages.parents[2]
    for path in (service, *service.rglob("*")):
        state = path.lstat()
        assert (0, 0) == (state.st_uid, state.st_gid), path
        assert path.is_symlink() or not state.st_mode & (stat.S_IWGRP | stat.S_IWOTH), path


def test_a_new_volume_for_keyrings_belongs_to_the_user_it_runs_as(image: Image) -> None:
    state = (image.files / "keys").stat()
    assert image.config["User"] == f"{state.st_uid}:{state.st_gid}"
    assert 0o700 == stat.S_IMODE(state.st_mode)


def test_it_is_small(image: Image) -> None:
    taken = sum(path.lstat().st_size for path in image.packages.rglob("*"))
    assert taken < SIZES[image.target] * 1_000_000


def test_it_says_what_it_is_and_how_it_is_run(image: Image) -> None:
    labels = image.config["Labels"]
    assert {"title", "description", "version"} <= {name.rpartition(".")[2] for name in labels}
    own = installed(image)["cimplify-link-elements"]
    assert own == labels["org.opencontainers.image.version"]
    assert "10001:10001" == image.config["User"]
    assert "SIGTERM" == image.config["StopSignal"]
    command = COMMANDS[image.target]
    assert ["CMD", command, "health"] == image.config["Healthcheck"]["Test"]
    assert ([command], ["serve"]) == (image.config["Entrypoint"], image.config["Cmd"])
