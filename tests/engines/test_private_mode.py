"""What is left on the disk of a browser that was at a shop."""

from pathlib import Path
from typing import Final

import pytest

from link_dev.harness.addresses import Ports
from link_dev.stack import Plan, open_stack
from tests.support.engines.modes import TABLE, ModeName
from tests.support.engines.running import running_engine
from tests.support.installing.engines import EngineName

pytestmark = pytest.mark.asyncio(loop_scope="session")

_HEARD: Final = """
  const heard = () => window.events.some(({ type }) => type === 'initialized');
  while (!window.events || !heard()) await new Promise((resolve) => setTimeout(resolve, 20));
"""
_KEEP: Final = """
  try {
    localStorage.setItem('kept', '1');
  } catch {
    // refused
  }
"""


def traces(profile: Path, host: str) -> set[str]:
    """Return the files of a profile that name a host, in their own names or inside."""
    return {
        str(file.relative_to(profile))
        for file in profile.rglob("*")
        if host in str(file) or (file.is_file() and host.encode() in file.read_bytes())
    }


@pytest.mark.parametrize(
    ("engine", "mode"),
    [pytest.param(*cell, marks=pytest.mark.xdist_group("-".join(cell))) for cell in TABLE],
)
async def test_a_private_browser_leaves_nothing_of_its_visit(
    engine: EngineName, mode: ModeName, tmp_path: Path
) -> None:
    """That makes it private: others leave something, and WebKitGTK's is private in each mode."""
    async with (
        open_stack(Plan(ports=Ports.free())) as stack,
        running_engine(engine, mode, profile=tmp_path) as driver,
    ):
        await driver.open(f"{stack.origin('shop')}/embed?element=payment")
        await driver.wait(_HEARD)
        await driver.run(_KEEP)

    is_private = mode == "private" or engine == "webkit"
    assert is_private == (traces(tmp_path, "shop.localhost") == set())
