"""`make fault-table`: plays every fault in every place, and writes docs/operations.md."""

import asyncio
from typing import Final

from link_api.database.startup import open_database
from link_dev.embedded.postgres import EmbeddedPostgres
from tests.support.faults.stack import Place, faulty_stack
from tests.support.faults.table import PAGE, observe, write
from tests.support.servers.fault_proxy import Fault

_ROOT: Final = PAGE.parents[1]


async def main() -> None:
    """Play them all on one stack, so that each fault also follows the others."""
    async with EmbeddedPostgres() as postgres:
        url = await postgres.new_database()
        async with open_database(url):
            pass
        async with faulty_stack(url) as stack:
            write([await observe(stack, place, fault) for place in Place for fault in Fault])
    print(f"written: {PAGE.relative_to(_ROOT)}")  # noqa: T201  # a command's own word


if __name__ == "__main__":
    asyncio.run(main())
