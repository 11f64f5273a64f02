"""What Chromium makes of a text message, for WebOTP (content/browser/sms/sms_parser.cc).

It takes the first `@host #code`, with or without ` @host` after it, that stands at the start of the
message or after white space; hosts of letters, digits, dots and hyphens become https origins,
localhost's http.
"""

import re
from typing import NamedTuple

import ada_url

_SPACE = r"[\t\n\f\r ]"
_HOST = r"[a-zA-Z0-9.-]+"
_RULE = re.compile(rf"(?:^|{_SPACE})@({_HOST}) #([^#\t\n\f\r ]+)(?: @({_HOST}))?")


class Read(NamedTuple):
    """The code, the top page's origin, and the origin of the frame in it, if one is named."""

    code: str
    page: str
    frame: str | None


def chromium_reads(message: str) -> Read | None:
    """Return what Chromium takes from a message; `None` where it takes nothing."""
    found = _RULE.search(message)
    if found is None:
        return None
    page, code, frame = found.groups()
    return Read(code, _origin(page), None if frame is None else _origin(frame))


def _origin(host: str) -> str:
    is_local = host == "localhost" or host.endswith(".localhost")
    return str(ada_url.URL(f"{'http' if is_local else 'https'}://{host}").origin)
