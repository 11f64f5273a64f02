"""The health check of the Link API."""

from typing import Final

from link_kernel.health_check import HealthCheck

HEALTH: Final = HealthCheck("link-api", "LINK", 8091)
