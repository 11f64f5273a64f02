"""Tells customers that a contact of theirs has another owner, and brings a former one back."""

from link_api.auth.notices import News, Notices
from link_api.auth.records import Change
from link_api.customers.service import CustomerRecord
from link_api.customers.sign_ins import SignedIn, SignIns
from link_api.spelling.contacts import Contact


async def tell_of_sign_in(notices: Notices, signed_in: SignedIn, contact: Contact) -> None:
    """Tell of a contact that stays, having been removed, or of a number that began anew."""
    customer, former = signed_in.customer, signed_in.former
    if former is not None:
        await tell_former(notices, former, contact)
    elif customer.is_leaving(contact):
        await notices.tell(News(Change.CONTACT_STAYS, contact, customer.others(contact)))


async def tell_former(notices: Notices, former: CustomerRecord, contact: Contact) -> None:
    """Tell a former customer, by mail alone, that a number is theirs no more.

    Another phone of a dormant customer may have a new owner too.
    """
    mailboxes = [own for own in former.others(contact) if own.contact_type == "email"]
    await notices.tell(News(Change.NUMBER_LEFT, contact, mailboxes))


async def come_back(sign_ins: SignIns, notices: Notices, fresh_id: str, proved: Contact) -> None:
    """Make a fresh customer the former one, if `proved` was a contact of theirs.

    The former one's contacts are told of each that came to them, also where a store is away before
    the fresh one's sessions ended, which a repeat ends.
    """
    came = await sign_ins.former.bring_back(fresh_id, proved)
    if came is None:
        return
    try:
        await sign_ins.end_fresh(came)
    finally:
        for contact in came.got:
            await notices.tell(News(Change.CONTACT_ADDED, contact, came.had))
