"""The table of `/v1/link/preferences`: both routes are plain, so there is no handler."""

from typing import Final

from link_api.errors import NotEnrolled
from link_api.http.plain_routes import PlainRead, PlainWrite, plain_read, plain_write
from link_api.preferences.contract import CustomerLinkPreferences, UpdatePreferencesRequest
from link_api.preferences.service import CustomerPreferences
from link_api.preferences.storage import open_preferences
from link_kernel.auth.requirements import Requirements

_REQUIREMENTS: Final = Requirements(scopes=frozenset({"profile"}))

OPERATIONS: Final = (
    plain_read(
        "preferences",
        "There from the enrolment on.",
        PlainRead(
            requirements=_REQUIREMENTS,
            open_book=open_preferences,
            method=CustomerPreferences.get,
            response_model=CustomerLinkPreferences,
        ),
        refusals=(NotEnrolled,),
    ),
    plain_write(
        "POST",
        "preferences",
        "Changes preferences: what is left out stays, `null` clears.",
        PlainWrite(
            requirements=_REQUIREMENTS,
            open_book=open_preferences,
            method=CustomerPreferences.change,
            body_model=UpdatePreferencesRequest,
            response_model=CustomerLinkPreferences,
        ),
        refusals=(NotEnrolled,),
    ),
)
