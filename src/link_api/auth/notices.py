"""Notices of changes of an account, to the contacts that its customer has."""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, Self

from link_api.auth.records import Change, Notice, OtpSender
from link_api.spelling.contacts import Contact, mask_contact
from link_kernel.contract.wire import Locale
from link_kernel.errors import UpstreamUnavailable

_LAST_S: Final = 3.0
_MOST_AT_ONCE: Final = 1_000  # of some kilobytes each, where a sender does not answer

_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class News:
    """What happened to which contact, and who is told."""

    change: Change
    about: Contact
    to: Collection[Contact]


class Notices:
    """Tells contacts what happened; a change that was made stands, whoever could not be told.

    In the background: by the time of an answer that waits for the senders, a stranger would see
    that there is somebody to be told.
    """

    def __init__(self, sender: OtpSender, locale: Locale) -> None:
        """Take the sender, and the language of all notices."""
        self._sender = sender
        self._locale = locale
        self._sending: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def sending(self) -> AsyncIterator[Self]:
        """Send while the context lasts, and what is left at its end."""
        try:
            yield self
        finally:
            if self._sending:
                _, late = await asyncio.wait(self._sending, timeout=_LAST_S)
                for task in late:
                    task.cancel()
                await asyncio.gather(*late, return_exceptions=True)

    def tell(self, news: News) -> None:
        """Send a notice to each of the contacts, all at once; what is not sent is logged."""
        for contact in news.to:
            if len(self._sending) >= _MOST_AT_ONCE:
                _log_unsent(news, "too many at once")
                continue
            task = asyncio.create_task(self._tell(news, contact))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def _tell(self, news: News, contact: Contact) -> None:
        channel = self._sender.channels(contact)[0]
        notice = Notice(news.change, mask_contact(news.about), channel, self._locale)
        try:
            await self._sender.notify(contact, notice)
        except UpstreamUnavailable as error:
            _log_unsent(news, error.detail)
        except Exception as error:  # noqa: BLE001  # nobody awaits the task
            _log_unsent(news, type(error).__name__)
        except asyncio.CancelledError:
            _log_unsent(news, "the service has ended")
            raise


def _log_unsent(news: News, detail: str) -> None:
    _log.warning("notice_not_sent", extra={"detail": detail, "change": news.change})
