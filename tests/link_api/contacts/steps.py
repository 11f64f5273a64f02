"""What a customer does to change contacts, step by step."""

from typing import Any

from aiohttp import ClientResponse

from tests.support.clients.link_client import Customer, Json, data_of, new_key

NEW = "new_contact"
FORMER = "former_contact"


def typed(contact: str) -> Json:
    """Return a contact as a body has it."""
    return {"contact": contact, "contact_type": "email" if "@" in contact else "phone"}


async def code_for(customer: Customer, purpose: str, **body: object) -> str:
    """Have a code sent for a purpose; return it."""
    await customer.post("contacts/request-otp", {"purpose": purpose, **body})
    return customer.link.outbox.code


async def entered(
    customer: Customer, purpose: str, code: str, *, key: str | None = None, **body: object
) -> ClientResponse:
    """Enter a code."""
    asked = {"purpose": purpose, "otp_code": code, **body}
    return await customer.call("POST", "contacts/verify-otp", asked, key=key)


async def confirm(customer: Customer, purpose: str, **body: object) -> None:
    """Have a code sent for a purpose, and enter it."""
    code = await code_for(customer, purpose, **body)
    confirmed = await data_of(await entered(customer, purpose, code))
    customer.confirmations.append(confirmed["confirmation"])


async def code_of_new(customer: Customer, contact: str) -> str:
    """Confirm that a contact is added, and have its code sent to it; return that one."""
    await confirm(customer, "add_contact")
    return await code_for(customer, NEW, **typed(contact))


async def add(customer: Customer, contact: str) -> Any:  # noqa: ANN401  # JSON
    """Add a contact; return it."""
    code = await code_of_new(customer, contact)
    return await data_of(await entered(customer, NEW, code, key=new_key(), **typed(contact)))


async def prove(customer: Customer, contact: str) -> Any:  # noqa: ANN401  # JSON
    """Prove a typed contact of an earlier account."""
    await confirm(customer, "add_contact")
    code = await code_for(customer, FORMER, **typed(contact))
    return await data_of(await entered(customer, FORMER, code, **typed(contact)))


async def remove(
    customer: Customer, contact_id: str, *, by: str, key: str | None = None
) -> ClientResponse:
    """Remove a contact, confirmed by a code to a contact."""
    await confirm(customer, "remove_contact", contact_id=by)
    return await customer.call("DELETE", f"contacts/{contact_id}", key=key)


async def ids_of(customer: Customer) -> list[str]:
    """Return the ids of the customer's contacts, in their order."""
    return [contact["id"] for contact in await customer.get("contacts")]
