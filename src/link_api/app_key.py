"""The key under which the application holds its services; `link_api.services` builds them."""

from typing import TYPE_CHECKING, Final

from aiohttp import web

if TYPE_CHECKING:  # for the type alone: at run time nothing here imports a higher layer
    from link_api.services import Services

SERVICES: Final["web.AppKey[Services]"] = web.AppKey("services")
