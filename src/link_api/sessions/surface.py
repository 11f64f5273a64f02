"""The contract of `/v1/link/sessions` (design section 9)."""

from dataclasses import replace
from typing import Final

from link_api.operations import reading, shown, writing
from link_api.sessions.contract import AllSessionsRevoked, CustomerSession, RevokedSessions

OPERATIONS: Final = (
    reading(
        "sessions",
        "The live logins and elements, the newest first; of each the newest 50 at most.",
        shown(CustomerSession, is_list=True),
    ),
    writing(
        "DELETE",
        "sessions",
        "Ends all logins and elements, the caller's own included.",
        replace(shown(AllSessionsRevoked), in_envelope=False),
    ),
    writing(
        "DELETE",
        "sessions/{id}",
        "Ends a login with all that hangs on it, or one element.",
        shown(RevokedSessions),
    ),
)
