"""Each fault in each place is what docs/operations.md says of it.

While it lasts a call is served, or refused with a code to come again by; nothing is done twice.
"""

import re
from pathlib import Path

import pytest

from elements_bridge.http import auth_service_client
from link_api.database import engine
from tests.support.faults.stack import Place, faulty_stack
from tests.support.faults.table import observe, rows, without_seconds, written_rows
from tests.support.servers.fault_proxy import Fault


@pytest.mark.parametrize("place", Place)
async def test_a_fault_costs_calls_and_no_session(place: Place, postgres_url: str) -> None:
    async with faulty_stack(postgres_url) as stack:
        observed = [await observe(stack, place, fault) for fault in Fault]

    assert [one.logouts for one in observed] == [0] * len(Fault)
    assert without_seconds(rows(observed)) == without_seconds(written_rows(place))


@pytest.mark.usefixtures("production_time_outs")
def test_each_part_waits_longer_than_the_one_behind_it() -> None:
    """Or it gives up in the moment in which the better answer comes."""
    written = (Path(__file__).parents[2] / "static" / "sdk" / "exchange.js").read_text("utf-8")
    found = re.search(r"TRY_DEADLINE_MS = (\d+)_000;", written)
    assert found is not None
    bridge_s = auth_service_client._TIMEOUT.total  # noqa: SLF001  # nothing else tells of it
    assert bridge_s is not None
    assert int(found[1]) > bridge_s > engine._ANSWER_S  # noqa: SLF001  # likewise
