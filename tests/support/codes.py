"""Codes as senders get them."""

from link_api.auth.records import CodeBinding, CodeToSend
from link_api.auth.senders.message import Wording
from link_kernel.contract.wire import Channel, Locale

SERVERS = CodeBinding("", "")
FRAMES = "https://link.example"
WORDING = Wording(FRAMES, ("sms",))


def to_send(
    code: str,
    channel: Channel = "sms",
    binding: CodeBinding = SERVERS,
    locale: Locale = "en",
) -> CodeToSend:
    """Return a fresh code, asked for by a server unless said."""
    return CodeToSend(code, 300, binding, channel, locale)
