"""The health check of the bridge."""

from typing import Final

from link_kernel.health_check import HealthCheck

HEALTH: Final = HealthCheck("elements-bridge", "ELEMENTS", 8090)
