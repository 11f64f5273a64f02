"""A route of the bridge."""

from dataclasses import dataclass

from link_kernel.contract.operations import Operation


@dataclass(frozen=True, slots=True)
class Route(Operation):
    """An operation of the bridge, which pages may call it, and in which mode it exists.

    Without `for_merchant_pages` only pages of the elements origin may call it. `for_browsers` is
    called by no page, but by a browser, whose `Origin` may be `null`. `test_mode_only` leaves the
    route out of live deployments; the documents show it all the same.
    """

    for_merchant_pages: bool = False
    for_browsers: bool = False
    test_mode_only: bool = False
