"""The table of the engines: how each is started in each mode, and what it then lacks."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from tests.support.browser.chromium import DISABLED_FEATURES
from tests.support.installing.engines import EngineName

ModeName = Literal["default", "private", "blocked"]
MODES: Final[tuple[ModeName, ...]] = ("default", "private", "blocked")
Storage = Literal["cookie", "localStorage", "sessionStorage", "indexedDB"]
_ALL: Final[frozenset[Storage]] = frozenset(
    {"cookie", "localStorage", "sessionStorage", "indexedDB"}
)
THIRD_PARTY_COOKIE: Final = "third-party cookie"
# What scenarios need, by their names for it, and the storage that it takes. A customer is kept over
# a reload by a token in the first, and by the key it is bound to in the second.
_NEEDS: Final[dict[str, frozenset[Storage]]] = {
    THIRD_PARTY_COOKIE: frozenset({"cookie"}),
    "frame with storage": frozenset({"sessionStorage", "indexedDB"}),
}


@dataclass(frozen=True)
class Mode:
    """How a browser is started.

    `keeps` is the storage that a frame at another site than its page has in it; the cookie is what
    the Link API sets for a shop's login.
    """

    keeps: frozenset[Storage]
    arguments: tuple[str, ...] = ()
    preferences: tuple[tuple[str, object], ...] = ()

    @property
    def lacks(self) -> frozenset[str]:
        """What scenarios may need and this browser refuses."""
        return frozenset(need for need, stores in _NEEDS.items() if not stores <= self.keeps)


# The driver's WebKitGTK is always private: it keeps nothing beyond its run. It takes no cookie of
# another site, as Safari; nor, since the stack speaks http, any cookie with `Secure`. There is no
# way to take session storage away from it.
TABLE: Final[dict[tuple[EngineName, ModeName], Mode]] = {
    ("chromium", "default"): Mode(_ALL),
    ("chromium", "private"): Mode(_ALL, arguments=("--incognito",)),
    ("chromium", "blocked"): Mode(
        frozenset(), preferences=(("profile.default_content_setting_values.cookies", 2),)
    ),
    ("firefox", "default"): Mode(_ALL),
    ("firefox", "private"): Mode(_ALL, preferences=(("browser.privatebrowsing.autostart", True),)),
    ("firefox", "blocked"): Mode(frozenset(), preferences=(("network.cookie.cookieBehavior", 2),)),
    ("webkit", "default"): Mode(_ALL - {"cookie"}),
    ("webkit", "private"): Mode(_ALL - {"cookie"}, arguments=("--private",)),
    ("webkit", "blocked"): Mode(
        frozenset({"sessionStorage"}),
        arguments=(
            "--cookies-policy=never",
            "--enable-html5-local-storage=false",
            "--enable-html5-database=false",
        ),
    ),
}

# Tests over https have an authority of their own, which no browser knows.
_ANY: Final = {"acceptInsecureCerts": True}
# Firefox would ask its makers for news; all but this machine is a closed port to it.
_ALONE: Final[dict[str, object]] = {
    "network.proxy.type": 1,
    "network.proxy.http": "127.0.0.1",
    "network.proxy.http_port": 9,
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.ssl_port": 9,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
}


def capabilities(
    engine: EngineName, browser: str, mode: Mode, profile: Path | None = None
) -> dict[str, Any]:
    """Return what a driver is asked for, to start this browser in this mode.

    A driver removes the profile that it made itself, but not one that is named.
    """
    preferences = dict(mode.preferences)
    if engine == "chromium":
        features = f"--disable-features={','.join(DISABLED_FEATURES)}"
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", features]
        folder = [f"--user-data-dir={profile}"] if profile else []
        arguments = [*flags, "--window-size=1440,1000", *folder, *mode.arguments]
        options = {"binary": browser, "args": arguments, "prefs": preferences}
        return {**_ANY, "browserName": "chrome", "goog:chromeOptions": options}
    if engine == "firefox":
        folder = ["-profile", str(profile)] if profile else []
        arguments = ["-headless", "--width=1440", "--height=1000", *folder, *mode.arguments]
        options = {"binary": browser, "args": arguments, "prefs": _ALONE | preferences}
        return {**_ANY, "browserName": "firefox", "moz:firefoxOptions": options}
    arguments = ["--automation", *mode.arguments]
    return {**_ANY, "webkitgtk:browserOptions": {"binary": browser, "args": arguments}}
