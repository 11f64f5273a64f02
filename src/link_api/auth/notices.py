"""Notices of changes of an account, to the contacts that its customer has."""

import asyncio
import logging
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from link_api.auth.records import Change, Notice, OtpSender
from link_api.spelling.contacts import Contact, mask_contact
from link_kernel.contract.wire import Locale
from link_kernel.errors import UpstreamUnavailable

_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class News:
    """What happened to which contact, and who is told."""

    change: Change
    about: Contact
    to: Collection[Contact]


@dataclass(frozen=True, slots=True)
class Notices:
    """Tells contacts what happened; a change that was made stands, whoever could not be told."""

    sender: OtpSender
    locale: Locale

    async def tell(self, news: News) -> None:
        """Send a notice to each of the contacts, all at once; what is not sent is logged."""
        await asyncio.gather(*(self._tell(news, contact) for contact in news.to))

    async def _tell(self, news: News, contact: Contact) -> None:
        channel = self.sender.channels(contact)[0]
        try:
            await self.sender.notify(
                contact, Notice(news.change, mask_contact(news.about), channel, self.locale)
            )
        except UpstreamUnavailable as error:
            _log.warning("notice_not_sent", extra={"detail": error.detail, "change": news.change})
