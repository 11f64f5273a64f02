"""`elements-bridge check`: every part that a bridge needs, asked at once, with nothing changed."""

import asyncio
import os
from collections.abc import Iterator, Sequence
from tempfile import TemporaryFile, gettempdir
from typing import Final

from elements_bridge.businesses.backup.business_file import BusinessFileError, read_business_file
from elements_bridge.businesses.store import RedisBusinesses, StoredBusiness
from elements_bridge.http.auth_service_client import HttpAuthService, open_auth_client
from elements_bridge.http.routes import API_PREFIX
from elements_bridge.http.sdk_releases import load_sdk_releases
from elements_bridge.http.static_files import BrowserCode, BrowserCodeMissing, static_root
from elements_bridge.keyring import KeyringFile
from elements_bridge.redis_rights import RIGHTS
from elements_bridge.service.auth_service import AuthServiceState
from elements_bridge.settings import Settings
from link_kernel.check import jwks, keyring
from link_kernel.check.addresses import NAME as ADDRESSES
from link_kernel.check.addresses import told_addresses
from link_kernel.check.findings import Finding, examined, not_checked
from link_kernel.check.redis import REDIS, REDIS_NAMES, RedisUse, check_redis
from link_kernel.errors import StoreUnavailable, UpstreamUnavailable
from link_kernel.keys.command import KeysCommand
from link_kernel.keys.jwks import JwksError
from link_kernel.redis.connection import connect
from link_kernel.sessions.records import Mode

_BUSINESSES: Final = "businesses"
_AUTH_SERVICE: Final = "auth service"
_BROWSER_CODE: Final = "browser code"
_TEMPORARY_FOLDER: Final = "temporary folder"
NAMES: Final = (
    *(ADDRESSES, *REDIS_NAMES, keyring.NAME, jwks.NAME),
    *(_BUSINESSES, _AUTH_SERVICE, _BROWSER_CODE, _TEMPORARY_FOLDER),
)
_REDIS: Final = RedisUse("elements-bridge", "ELEMENTS_REDIS_URL", RIGHTS)
_ASKED: Final = 4  # times; behind a gateway, that finds one bridge of two with 94 %
_LONGEST_SCAN_S: Final = 8.0  # a store of some million sessions
_FIRST_BUSINESS: Final = (
    "`elements-bridge business sync --file FILE` brings them back, `business add` adds one"
)
_ONE_KEYRING: Final = "give all bridges one keyring"
_CURES: Final = {
    AuthServiceState.CREDENTIAL_REFUSED: (
        "ELEMENTS_AUTH_SERVICE_TOKEN is refused: the auth service needs the same, LINK_BRIDGE_TOKEN"
    ),
    AuthServiceState.NO_ANSWER: "no auth service answers at ELEMENTS_AUTH_SERVICE_URL",
}


async def check_bridge(settings: Settings, keys: KeysCommand[KeyringFile]) -> list[Finding]:
    """Return what is found of each part in `NAMES`, in their order."""
    found = await asyncio.gather(
        examined(REDIS_NAMES, check_redis(settings, _REDIS, keys.clock)),
        examined((keyring.NAME, jwks.NAME), _check_keys(settings, keys)),
        examined([_BUSINESSES], _check_businesses(settings)),
        examined([_AUTH_SERVICE], _check_auth_service(settings)),
        examined([_BROWSER_CODE], _check_browser_code()),
        examined([_TEMPORARY_FOLDER], check_temporary_folder(settings.workers)),
    )
    addresses = told_addresses(
        origin=settings.origin,
        public_url=settings.public_url,
        issuer=settings.issuer,
        audience=settings.audience,
    )
    return [addresses, *(finding for part in found for finding in part)]


async def _check_keys(settings: Settings, keys: KeysCommand[KeyringFile]) -> list[Finding]:
    finding, file = keyring.check_keyring(keys, settings.keyring.get_secret_value())
    if file is None:
        return [finding, *not_checked([jwks.NAME], since=keyring.NAME)]
    return [finding, *await _check_published(settings.public_url, file)]


async def _check_published(public_url: str, file: KeyringFile) -> list[Finding]:
    """Return how the keys that the bridges publish differ from this one's; any of them may answer.

    Each call has a connection of its own, since a gateway chooses a bridge for each.
    """
    url = f"{public_url}{API_PREFIX}/jwks.json"
    answers = await asyncio.gather(*[_published(url) for _ in range(_ASKED)])
    told = [kids for kids in answers if not isinstance(kids, Finding)]
    found = [answer for answer in answers if isinstance(answer, Finding)]
    found += [finding for kids in told for finding in _differences(kids, file)]
    if found:
        return list(dict.fromkeys(found))
    return [Finding(jwks.NAME, "ok", ", ".join(sorted(told[0])))]


async def _published(url: str) -> frozenset[str] | Finding:
    try:
        return frozenset(await jwks.fetch_keys(url))
    except UpstreamUnavailable as error:
        text = f"no_answer ({error.detail}) at ELEMENTS_PUBLIC_URL"
        return Finding(jwks.NAME, "warning", f"{text}: right as long as no bridge runs there")
    except JwksError as error:
        return Finding(jwks.NAME, "FAULT", f"{error}: ELEMENTS_PUBLIC_URL must lead to the bridges")


def _differences(published: frozenset[str], file: KeyringFile) -> Iterator[Finding]:
    """Yield a line for each signing key that only the keyring, or only a bridge, knows."""
    own = {entry.kid: entry.state for entry in file.signing_keys}
    for kid, state in own.items():
        if kid not in published and state == "next":
            text = f"a bridge that runs does not publish {kid}, the next key: `kill -HUP` each"
            yield Finding(jwks.NAME, "warning", text)
        elif kid not in published:
            text = (
                f"a bridge that runs does not publish {kid}: {_ONE_KEYRING}, and `kill -HUP` each"
            )
            yield Finding(jwks.NAME, "FAULT", text)
    for kid in sorted(published - own.keys()):
        text = f"a bridge that runs publishes {kid}, which this keyring lacks: {_ONE_KEYRING}"
        yield Finding(jwks.NAME, "FAULT", f"{text}, and after `keys retire` `kill -HUP` each")


async def _check_businesses(settings: Settings) -> list[Finding]:
    """Count the businesses in Redis, and those in the file, from which Redis is filled."""
    url, file = settings.redis_url.get_secret_value(), settings.businesses
    try:
        named = () if file is None else read_business_file(file)
    except BusinessFileError as error:
        return [Finding(_BUSINESSES, "FAULT", fault) for fault in error.faults]
    try:
        async with (
            asyncio.timeout(_LONGEST_SCAN_S),
            connect(url, time_outs=settings.redis_time_outs) as redis,
        ):
            stored = await RedisBusinesses(redis).all()
    except StoreUnavailable:
        return not_checked([_BUSINESSES], since=REDIS)
    except TimeoutError:
        text = f"Redis has too many keys to find them within {_LONGEST_SCAN_S:.0f} s"
        return [Finding(_BUSINESSES, "unknown", text)]
    return [_judged(stored, named, settings.mode)]


def _judged(
    stored: Sequence[StoredBusiness], named: Sequence[StoredBusiness], mode: Mode
) -> Finding:
    found = f"{len(stored)} in Redis, {len(named)} in the file ELEMENTS_BUSINESSES"
    if not stored and not named:
        return Finding(_BUSINESSES, "FAULT", f"{found}: {_FIRST_BUSINESS}")
    ours = {business.id for business in (*stored, *named) if business.mode == mode}
    if not ours:
        text = f"{found}, and none of ELEMENTS_MODE, which is {mode}: no page is served"
        return Finding(_BUSINESSES, "FAULT", text)
    return Finding(_BUSINESSES, "ok", f"{len(ours)} {mode}: {found}")


async def _check_auth_service(settings: Settings) -> list[Finding]:
    async with open_auth_client() as http:
        url, token = settings.auth_service_url, settings.auth_service_token
        auth_service = HttpAuthService(http, url, token)
        state = await auth_service.examine()
    if state is AuthServiceState.OK:
        return [Finding(_AUTH_SERVICE, "ok")]
    text = f"{state} ({auth_service.cause.removeprefix('auth service: ')}): {_CURES[state]}"
    return [Finding(_AUTH_SERVICE, "FAULT", text)]


async def _check_browser_code() -> list[Finding]:
    try:
        root = static_root()
        BrowserCode.load(root)
        newest = load_sdk_releases(root)[0]
    except BrowserCodeMissing as error:
        return [Finding(_BROWSER_CODE, "FAULT", str(error))]
    return [Finding(_BROWSER_CODE, "ok", newest.name)]


async def check_temporary_folder(workers: int) -> list[Finding]:
    """Return whether several workers find room for their metrics, of 1 MiB each."""
    if workers == 1:
        return [Finding(_TEMPORARY_FOLDER, "ok", "not used: ELEMENTS_WORKERS is 1")]
    try:
        with TemporaryFile() as file:
            os.posix_fallocate(file.fileno(), 0, workers << 20)
    except FileNotFoundError as error:
        text = f"{error.strerror}: name a folder in TMPDIR, or mount one at /tmp"
        return [Finding(_TEMPORARY_FOLDER, "FAULT", text)]
    except OSError as error:
        text = f"no room for {workers} MiB in {gettempdir()} ({error.strerror})"
        cure = "metrics would be missing; make room, or name another folder in TMPDIR"
        return [Finding(_TEMPORARY_FOLDER, "warning", f"{text}: {cure}")]
    return [Finding(_TEMPORARY_FOLDER, "ok", gettempdir())]
