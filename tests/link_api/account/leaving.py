"""A customer with everything that can be kept, and what the tests of leaving ask of both stores."""

from redis.asyncio import Redis
from sqlalchemy import select

from link_api.auth.records import CodePurpose
from link_api.database.session import Base, reading
from link_api.database.startup import open_database
from link_api.database.statements import Statement
from tests.link_api.addresses.test_addresses import HOME
from tests.support.clients.link_client import Customer, LinkClient, new_key, new_phone
from tests.support.redis_content import everything_in

SHOP = "bus_0123456789abcdef"
NAME = "Akosua Frimpong-Ansah"
STREET = "77 Nkrumah Circle Road"
WALLET = "0241234987"
ORDER = {
    "business_id": SHOP,
    "order_id": "order-77",
    "order_type": "delivery",
    "address": {**HOME, "street_address": STREET},
    "mobile_money": {"provider": "mtn", "phone_number": WALLET, "country": "GH"},
}
CLOSE, EXPORT = CodePurpose.CLOSE_ACCOUNT, CodePurpose.EXPORT_ACCOUNT


async def customer_with_everything(link: LinkClient, phone: str | None = None) -> Customer:
    """Return an enrolled customer with an address, a wallet and an order."""
    phone = phone or new_phone()
    ama = await link.sign_in(phone)
    await ama.post("enroll", {"contact": phone, "name": NAME}, key=new_key())
    await ama.post("enroll-and-link-order", ORDER, key=new_key())
    return ama


async def rows_of(database_url: str) -> dict[str, list[dict[str, object]]]:
    """Return every row of every table."""
    async with open_database(database_url) as engine, reading(engine) as session:
        return {
            table.name: [
                dict(zip(table.columns.keys(), row, strict=True))
                for row in await session.fetch(Statement(select(table)))
            ]
            for table in Base.metadata.sorted_tables
        }


async def personal_in(redis: Redis, database_url: str, *parts: str) -> list[str]:
    """Return which of these parts of texts either store holds."""
    content = f"{await rows_of(database_url)} {await everything_in(redis)}"
    return [part for part in parts if part in content]
