"""The contract of `/v1/link/preferences` (design section 9)."""

from typing import Final

from link_api.errors import NotEnrolled
from link_api.operations import reading, shown, writing
from link_api.preferences.contract import CustomerLinkPreferences, UpdatePreferencesRequest

OPERATIONS: Final = (
    reading(
        "preferences",
        "There from the enrolment on.",
        shown(CustomerLinkPreferences),
        refusals=(NotEnrolled,),
    ),
    writing(
        "POST",
        "preferences",
        "Changes preferences: what is left out stays, `null` clears.",
        shown(CustomerLinkPreferences),
        request=UpdatePreferencesRequest,
        refusals=(NotEnrolled,),
    ),
)
