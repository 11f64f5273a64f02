"""The imports of a service pause the garbage collector, and only they do."""

import gc
import subprocess
import sys
from collections.abc import Iterator

import pytest

from link_kernel.imports import collector_paused


@pytest.fixture
def unfrozen() -> Iterator[None]:
    """A frozen heap is thawed again, so that later tests can count objects."""
    yield
    gc.unfreeze()


def test_the_collector_pauses_for_the_imports_and_never_looks_at_them_again(unfrozen: None) -> None:
    with collector_paused():
        assert not gc.isenabled()
        before = gc.get_freeze_count()
    assert gc.isenabled()
    assert gc.get_freeze_count() > before


def test_the_collector_works_again_after_an_import_that_failed(unfrozen: None) -> None:
    with pytest.raises(ModuleNotFoundError), collector_paused():
        raise ModuleNotFoundError
    assert gc.isenabled()


_HELP = """
import contextlib, sys
sys.argv[1:] = ["--help"]
with contextlib.suppress(SystemExit): main()
"""


@pytest.mark.parametrize(
    ("service", "ask"), [("elements_bridge", _HELP), ("link_api", _HELP), ("link_dev", "")]
)
def test_the_collector_never_walks_through_the_modules_of_a_service(service: str, ask: str) -> None:
    """Young objects may be collected before the pause; a walk through all is a full collection."""
    script = (
        "import gc; generations = []\n"
        "gc.callbacks.append(lambda phase, info: generations.append(info['generation']))\n"
        f"from {service}.__main__ import main\n"
        f"{ask}\n"
        "print(2 in generations, gc.isenabled(), gc.get_freeze_count() > 100_000)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines()[-1] == "False True True", done.stderr
