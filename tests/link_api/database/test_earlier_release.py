"""The release before the newest migration, beside today's on today's schema."""

import tarfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from aiohttp import ClientSession
from alembic.config import Config
from alembic.script import ScriptDirectory

from link_api.database.alembic_upgrade import MIGRATIONS
from link_api.migrations import NEWEST
from link_dev.embedded.free_port import free_port
from link_dev.embedded.redis import EmbeddedRedis
from link_kernel.keys.keyring_file import SecretKeyring, new_secret
from tests.link_api.addresses.test_addresses import HOME
from tests.link_api.contacts.steps import add, ids_of, remove
from tests.link_api.mobile_money.test_mobile_money import MTN
from tests.support.clients.link_client import (
    PREFIX,
    Customer,
    data_of,
    new_key,
    running_link_api,
    settings_for,
)
from tests.support.servers.commands import serving
from tests.support.time_machine import MovableClock

SAVED: Final = Path(__file__).with_name("saved_release")


def test_the_saved_release_is_the_one_before_the_newest_migration() -> None:
    """Else `make save-release` is due; its README says of which commit."""
    config = Config()
    config.set_main_option("script_location", MIGRATIONS)
    newest = ScriptDirectory.from_config(config).get_revision(NEWEST)
    assert [file.name for file in SAVED.glob("*.xz")] == [f"{newest.down_revision}.tar.xz"]


@asynccontextmanager
async def earlier_release(
    folder: Path, redis_url: str, database_url: str
) -> AsyncIterator[ClientSession]:
    """Serve the saved release, and give what calls it."""
    [saved] = SAVED.glob("*.xz")
    with tarfile.open(saved) as archive:
        archive.extractall(folder, filter="data")
    port = free_port()
    environment = {
        "LINK_REDIS_URL": redis_url,
        "LINK_DATABASE_URL": database_url,
        "LINK_KEYRING": SecretKeyring(secrets=(new_secret(),)).model_dump_json(exclude_none=True),
        "LINK_MODE": "test",
        "LINK_PORT": str(port),
        "LINK_INTERNAL_PORT": str(free_port()),
    }
    async with (
        serving("link_api", environment, listeners=2, source=folder / "src"),
        ClientSession(f"http://127.0.0.1:{port}") as session,
    ):
        yield session


async def asked(
    earlier: ClientSession, customer: Customer, method: str, path: str, body: object = None
) -> Any:  # noqa: ANN401  # JSON
    """Return what the saved release answers to a customer."""
    headers = {"Authorization": f"Bearer {customer.token}", "Idempotency-Key": new_key()}
    url = f"{PREFIX}/{path}"
    async with earlier.request(method, url, json=body, headers=headers) as answer:
        return await data_of(answer)


async def test_the_release_before_serves_on_the_newest_schema(
    tmp_path: Path, postgres_url: str, clock: MovableClock
) -> None:
    """It starts, and each of both reads and changes what the other wrote.

    A Redis of one server is what every release knows.
    """
    async with (
        EmbeddedRedis() as redis,
        running_link_api(settings_for(redis.url, postgres_url), clock) as link,
        earlier_release(tmp_path, redis.url, postgres_url) as earlier,
    ):
        customer = await link.sign_in()
        ours = await customer.post("mobile-money", {**MTN, "provider": "telecel"})
        theirs = await asked(earlier, customer, "POST", "addresses", HOME)
        enrolled = {"name": "Ama", "contact": (await customer.get("data"))["customer"]["phone"]}
        await asked(earlier, customer, "POST", "enroll", enrolled)

        read = await asked(earlier, customer, "GET", "data")
        assert [address["id"] for address in read["addresses"]] == [theirs["id"]]
        assert [wallet["id"] for wallet in read["mobile_money"]] == [ours["id"]]
        data = await customer.get("data")
        assert (data["addresses"][0]["id"], data["customer"]["name"]) == (theirs["id"], "Ama")
        await asked(earlier, customer, "DELETE", f"mobile-money/{ours['id']}")
        await customer.delete(f"addresses/{theirs['id']}", key=new_key())
        assert await asked(earlier, customer, "GET", "addresses") == []


async def test_the_release_before_serves_a_customer_of_several_contacts(
    tmp_path: Path, postgres_url: str, clock: MovableClock
) -> None:
    """It reads and changes what there is, also once the one contact that it knew is gone."""
    async with (
        EmbeddedRedis() as redis,
        running_link_api(settings_for(redis.url, postgres_url), clock) as link,
        earlier_release(tmp_path, redis.url, postgres_url) as earlier,
    ):
        customer = await link.sign_in()
        await add(customer, "several@earlier.example")
        assert len(await customer.get("contacts")) == 2
        before = await asked(earlier, customer, "GET", "data")
        assert before["customer"]["phone"] == (await customer.get("data"))["customer"]["phone"]

        first, second = await ids_of(customer)
        await data_of(await remove(customer, first, by=first))

        after = await asked(earlier, customer, "GET", "data")
        assert (after["customer"]["id"], after["customer"]["phone"]) == (customer.id, None)
        await asked(earlier, customer, "POST", "addresses", HOME)
        assert await ids_of(customer) == [second]
