"""Tells customers that a contact of theirs has another owner, and brings a former one back."""

from collections.abc import Iterable

from link_api.auth.codes.marks import ContactMarks
from link_api.auth.notices import News, Notices
from link_api.auth.records import Change
from link_api.customers.service import CustomerRecord
from link_api.customers.sign_ins import SignedIn
from link_api.customers.way_back import WayBack
from link_api.spelling.contacts import Contact


def tell_of_sign_in(notices: Notices, signed_in: SignedIn, contact: Contact) -> None:
    """Tell of a contact that stays, having been removed, or of a number that began anew."""
    customer, former = signed_in.customer, signed_in.former
    if former is not None:
        tell_former(notices, former, contact, Change.NUMBER_LEFT)
    elif customer.is_leaving(contact):
        notices.tell(News(Change.CONTACT_STAYS, contact, customer.others(contact)))


def tell_former(notices: Notices, former: CustomerRecord, contact: Contact, change: Change) -> None:
    """Tell a former customer, by mail alone, that a number is theirs no more, and how it went.

    Another phone of a dormant customer may have a new owner too.
    """
    notices.tell(News(change, contact, mailboxes_of(former.others(contact))))


async def come_back(
    way_back: WayBack, marks: ContactMarks, notices: Notices, *, fresh_id: str, proved: Contact
) -> None:
    """Give a former customer their number back, if `proved` was a contact of theirs.

    The former one's mailboxes are told of each that came, and the fresh one's contacts of what left
    them. Codes that were spent for the fresh one would sign in to the former one.
    """
    came = await way_back.bring_back(fresh_id, proved)
    if came is None:
        return
    for number, others in came.given.items():
        notices.tell(News(Change.CONTACT_ADDED, number, mailboxes_of(came.had)))
        notices.tell(News(Change.CONTACT_REMOVED, number, others))
    await way_back.end_fresh(came)
    for number in came.given:
        await marks.forget_codes(number)


def mailboxes_of(contacts: Iterable[Contact]) -> list[Contact]:
    """Return the mailboxes: a phone of who was silent for long may be another person's by now."""
    return [contact for contact in contacts if contact.contact_type == "email"]
