"""Readiness check of the Link API; `link_kernel.web.health` has the rest of the listener."""

import asyncio
import logging
from dataclasses import dataclass, field
from typing import ClassVar, Final, Literal

from aiohttp import web
from pydantic import SecretStr

from link_api.database.failures import has_no_room, is_read_only, refuses_login
from link_api.database.startup import DatabaseState
from link_kernel.errors import StoreUnavailable
from link_kernel.looks import Look
from link_kernel.observability.lasting_faults import LastingFault
from link_kernel.observability.metrics import Metrics
from link_kernel.redis.readiness import StoreFault, faults_of
from link_kernel.sessions.revocation_feed import RevocationFeed
from link_kernel.web.client_address import ClientAddresses
from link_kernel.web.health import OK, InternalListener, InternalToken, OwnHosts, Readiness

_TOKEN: Final = "LINK_INTERNAL_TOKEN"  # noqa: S105  # a setting's name, no secret

_not_ready: Final = LastingFault(
    logging.getLogger(__name__), "database_not_ready", "database_ready_again"
)

DatabaseFault = Literal["ok", "no_answer", "login_refused", "full", "read_only", "not_migrated"]
Migrations = Literal["ok", "ahead"]


class LinkReadiness(Readiness):
    """Answer of the Link API's `/readyz`.

    A database that is ahead is a warning: a newer release has migrated it.
    """

    warnings: ClassVar[frozenset[str]] = Readiness.warnings | {"migrations"}

    redis: str
    database: DatabaseFault
    migrations: Migrations
    revocations: Literal["ok", "stale"]


@dataclass(frozen=True, slots=True)
class Internal:
    """The internal listener: health checks and metrics; with a `token` metrics require it."""

    hosts: OwnHosts
    token: SecretStr | None = field(repr=False)
    metrics: Metrics
    redis: Look[list[StoreFault]]
    database: Look[DatabaseState]
    feed: RevocationFeed
    addresses: ClientAddresses

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        token = None if self.token is None else InternalToken(self.token, _TOKEN)
        InternalListener(self.hosts, self.metrics, self.readiness, token).add_to(app)

    async def readiness(self) -> LinkReadiness:
        """Return whether Redis, the database and the revocation feed are usable."""
        faults, (database, migrations) = await asyncio.gather(
            faults_of(self.redis), self._database_state()
        )
        if database == OK:
            _not_ready.not_met()
        else:
            _not_ready.met(database)
        return LinkReadiness(
            redis=", ".join(faults) or OK,
            database=database,
            migrations=migrations,
            revocations="stale" if self.feed.is_stale else "ok",
            forwarded_for=self.addresses.forwarded_for,
        )

    async def _database_state(self) -> tuple[DatabaseFault, Migrations]:
        try:
            state = await self.database.result()
        except StoreUnavailable as error:
            return fault_of_database(error.__cause__), "ok"
        except TimeoutError:
            return "no_answer", "ok"
        if state.is_read_only:
            return "read_only", "ok"
        if state.schema in {"behind", "foreign"}:
            return "not_migrated", "ok"
        return "ok", "ahead" if state.schema == "ahead" else "ok"


def fault_of_database(cause: BaseException | None) -> DatabaseFault:
    """Return the word for what a database, or nobody, has answered."""
    if is_read_only(cause):
        return "read_only"
    if refuses_login(cause):
        return "login_refused"
    return "full" if has_no_room(cause) else "no_answer"
