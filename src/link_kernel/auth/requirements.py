"""Authorization requirements of a route: scopes, authentication methods (`amr`), `max_age`."""

from dataclasses import dataclass

from link_kernel.auth.access_token import VerifiedAccessToken
from link_kernel.errors import InsufficientScope


@dataclass(frozen=True, slots=True)
class Requirements:
    """The requirements of a route on the access token; `max_age_s` counts from `auth_time`."""

    scopes: frozenset[str] = frozenset()
    amr: frozenset[str] = frozenset()
    max_age_s: int | None = None
    admits_guests: bool = False

    def check(self, access: VerifiedAccessToken, *, now_s: int) -> None:
        """Return if the token meets the requirements at `now_s`, in epoch seconds.

        Raises `InsufficientScope`; `details.missing` is `sign_in`, `scope`, `amr` or `max_age`.
        """
        missing = self._missing(access, now_s)
        if missing is not None:
            raise InsufficientScope(missing, details={"missing": missing})

    def _missing(self, access: VerifiedAccessToken, now_s: int) -> str | None:
        if not self.admits_guests and access.session_key.customer_id is None:
            return "sign_in"
        if not all(covers(access.scopes, scope) for scope in self.scopes):
            return "scope"
        if not self.amr.issubset(access.amr):
            return "amr"
        return "max_age" if self._is_too_old(access, now_s) else None

    def _is_too_old(self, access: VerifiedAccessToken, now_s: int) -> bool:
        """Tell whether the sign-in is too old; a guest, whose `amr` is empty, never signed in."""
        if self.max_age_s is None:
            return False
        return not access.amr or now_s - access.auth_time_s > self.max_age_s


def covers(granted: frozenset[str], scope: str) -> bool:
    """Tell whether a scope is granted, itself or by a wider one: `wallets` has `wallets:read`."""
    return scope in granted or scope.partition(":")[0] in granted
