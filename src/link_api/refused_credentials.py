"""How many credentials that stand for nobody an address may present, counted in this process alone.

So a flood of made-up tokens costs neither Redis nor a signature once it is known to be one.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final, Protocol, TypeVar

from link_kernel.errors import TokenInvalid, Unauthenticated
from link_kernel.ids import sha256_hex
from link_kernel.limit import Limit
from link_kernel.networks import Address, counted_network

_REMEMBERED: Final = 10_000

T = TypeVar("T")


class LocalWindows(Protocol):
    """Counts calls without asking anybody; see `link_kernel.rate_limits`."""

    def admit_here(self, limit: Limit, *subject: str) -> None:
        """Count a call, or raise `RateLimited`."""
        ...

    def refuse_known(self, limit: Limit, *subject: str) -> None:
        """Raise `RateLimited` where the window is known to be full."""
        ...


class RefusedCredentials:
    """Refuses unread what comes from an address whose credentials were refused too often.

    Credentials that were good here before are read all the same: whoever sends made-up ones, behind
    an address that many share, takes nothing from customers who are at work.
    """

    def __init__(self, windows: LocalWindows, calls: int) -> None:
        """Take what counts, and how many refused credentials an address has in a minute."""
        self._windows = windows
        self._limit = Limit("refused_calls", calls)
        self._good: OrderedDict[str, None] = OrderedDict()  # hashes, those used last at the end

    async def bounded(
        self, address: Address | None, unverified: str, verify: Callable[[], Awaitable[T]]
    ) -> T:
        """Return what `verify` makes of a credential.

        Raises what it raises; `Unauthenticated` and `TokenInvalid` count, and `RateLimited` takes
        their place once there are too many. What is genuine is told what it needs to hear.
        """
        network, name = counted_network(address), sha256_hex(unverified)
        if name not in self._good:
            self._windows.refuse_known(self._limit, network)
        try:
            verified = await verify()
        except (Unauthenticated, TokenInvalid):
            self._good.pop(name, None)
            self._windows.admit_here(self._limit, network)
            raise
        self._remember(name)
        return verified

    def _remember(self, name: str) -> None:
        self._good[name] = None
        self._good.move_to_end(name)
        if len(self._good) > _REMEMBERED:
            self._good.popitem(last=False)
