"""The messages of `cimplify.link/1` between merchant page and frame (docs/protocol.md#messages).

Browsers run `static/sdk/wire.js`; a test shows that it reads what these types say and nothing else.
Both sides drop fields they do not know, so nothing is closed here. A message is at most 16 kB of
JSON, eight levels deep, and one that carries a token anywhere but in `bootstrap_token` is void.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from link_kernel.sessions.records import Element, SessionState

_CHALLENGE: Final = r"^[A-Za-z0-9_-]{43}$"
_BOOTSTRAP_TOKEN: Final = r"^elb_[A-Za-z0-9_-]{16,4096}$"  # noqa: S105  # a pattern, no secret
_COMMAND_ID: Final = r"^(?!.*(?:lnk|rfr|elr|elb)_[A-Za-z0-9_-]{8})[A-Za-z0-9_-]{1,64}$"
_CODE: Final = r"^[a-z][a-z_]{0,63}$"
_MOST_VERSIONS: Final = 16
_REQUEST_ID: Final = r"^[0-9A-Za-z-]{16,64}$"

CommandId = Annotated[str, Field(pattern=_COMMAND_ID)]


class Message(BaseModel):
    """What every message says of itself."""

    # `defer_build`: no service reads a message, so validators are for the tests alone.
    model_config = ConfigDict(frozen=True, strict=True, regex_engine="python-re", defer_build=True)

    ns: Literal["cimplify.link"]
    v: Literal[1]


class Ready(Message):
    """Frame to page, on the window: the frame waits for `init`, and speaks these versions."""

    type: Literal["ready"]
    code_challenge: str = Field(pattern=_CHALLENGE)
    versions: tuple[int, ...] = Field(max_length=_MOST_VERSIONS)


class Options(BaseModel):
    """What a page may choose about an element."""

    appearance: dict[str, Any] = Field(default_factory=dict)


class Init(Message):
    """Page to frame, on the window, with a port: the bootstrap token of this challenge."""

    type: Literal["init"]
    code_challenge: str = Field(pattern=_CHALLENGE)
    bootstrap_token: str = Field(pattern=_BOOTSTRAP_TOKEN)
    options: Options = Field(default_factory=Options)
    guest: bool = Field(default=False, description="The page vouches for nobody.")


class Command(Message):
    """Page to frame, on the port; the answer has the same `id`."""

    id: CommandId


class RefreshCommand(Command):
    """Refresh now; honoured once in 30 s."""

    type: Literal["refresh"]


class LogoutCommand(Command):
    """Sign out this element."""

    type: Literal["logout"]


class UpdateCommand(Command):
    """Change what an element looks like; without options it asks for the height alone."""

    type: Literal["update"]
    options: Options = Field(default_factory=Options)


class DestroyCommand(Command):
    """The element is taken out of the page."""

    type: Literal["destroy"]


class Event(Message):
    """Frame to page, on the port; with the `id` of the command it answers, if it answers one."""

    id: CommandId = Field(default_factory=str)


class Initialized(Event):
    """The handshake is done; always the first."""

    type: Literal["initialized"]
    state: SessionState


class Authenticated(Event):
    """The customer is signed in."""

    type: Literal["authenticated"]


class TokenRefreshed(Event):
    """The session goes on; `expires_in` in seconds."""

    type: Literal["token_refreshed"]
    expires_in: int = Field(ge=0, le=86_400)


class HeightChange(Event):
    """The height that the frame needs, in CSS pixels."""

    type: Literal["height_change"]
    height: int = Field(ge=0, le=10_000)


class Step(Event):
    """What the customer sees now, for a funnel; nothing of what they typed or have.

    `name` is `contact`, `code`, `list`, `form` or `done`; a later release may add one.
    """

    type: Literal["step"]
    name: str = Field(pattern=_CODE)


class Dismissed(Event):
    """The customer goes on without Link; a `step` follows if they come back."""

    type: Literal["dismissed"]


class Selected(Message):
    """The customer chose: an opaque id for the merchant's server, and a masked label."""

    type: Literal["selected"]
    element: Element
    id: str = Field(pattern=r"^[a-z]+_[0-9A-Za-z]{16,32}$")
    label: str = Field(max_length=120)


class Failure(Event):
    """Something failed; `code` is for programs, `message` for developers.

    `request_id` names the refused call in our logs, where a call was refused.
    """

    type: Literal["error"]
    code: str = Field(pattern=_CODE)
    retryable: bool
    message: str = Field(max_length=300)
    request_id: str = Field(default_factory=str, pattern=_REQUEST_ID)


class LogoutComplete(Event):
    """The session of this element has ended."""

    type: Literal["logout_complete"]


COMMANDS: Final[Mapping[str, type[Message]]] = {
    "refresh": RefreshCommand,
    "logout": LogoutCommand,
    "update": UpdateCommand,
    "destroy": DestroyCommand,
}
EVENTS: Final[Mapping[str, type[Message]]] = {
    "initialized": Initialized,
    "authenticated": Authenticated,
    "token_refreshed": TokenRefreshed,
    "height_change": HeightChange,
    "step": Step,
    "dismissed": Dismissed,
    "selected": Selected,
    "error": Failure,
    "logout_complete": LogoutComplete,
}
