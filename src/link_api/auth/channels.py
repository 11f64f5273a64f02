"""The channels a code can go out on."""

from link_kernel.contract.wire import Channel
from link_kernel.errors import ValidationFailed


def used_first(reaching: tuple[Channel, ...], asked: Channel | None) -> tuple[Channel, ...]:
    """Return the channels that reach a contact, the one to use now first.

    That is the one asked for, else the usual one. Raises `ValidationFailed` for one that does not
    reach the contact.
    """
    used = asked or reaching[0]
    if used not in reaching:
        raise ValidationFailed("channel", details={"fields": ["channel"]})
    return (used, *(channel for channel in reaching if channel != used))
