"""Each fault in each place is what docs/operations.md says of it.

While it lasts a call is served, or refused with a code to come again by; nothing is done twice.
"""

import pytest

from tests.support.faults.stack import Place, faulty_stack
from tests.support.faults.table import observe, rows, without_seconds, written_rows
from tests.support.servers.fault_proxy import Fault


@pytest.mark.parametrize("place", Place)
async def test_a_fault_costs_calls_and_no_session(place: Place, postgres_url: str) -> None:
    async with faulty_stack(postgres_url) as stack:
        observed = [await observe(stack, place, fault) for fault in Fault]

    assert [one.logouts for one in observed] == [0] * len(Fault)
    assert without_seconds(rows(observed)) == without_seconds(written_rows(place))
