"""Exports traces while a service serves, where OpenTelemetry's own variables name a collector."""

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Final, cast

from link_kernel.tracing.active import use

if TYPE_CHECKING:
    from link_kernel.tracing import otlp

_ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_OTLP: Final = "link_kernel.tracing.otlp"

_log: Final = logging.getLogger(__name__)


@asynccontextmanager
async def exporting_traces(service: str, environ: Mapping[str, str]) -> AsyncIterator[None]:
    """Export the traces of a service while the context lasts, if a collector is named.

    The variables may be a platform's, set for every container: where the packages are missing, a
    line names them, and the service serves. At the end, what has not been sent is, in 5 s or never.
    """
    setting = _named_endpoint(environ)
    if setting is None:
        yield
        return
    try:
        exporter = cast("otlp.Exporter", import_module(_OTLP).Exporter(service, environ))
    except ModuleNotFoundError:
        _log.warning("traces_need_the_extra_otel", extra={"setting": setting})
        yield
        return
    use(exporter.spans)
    try:
        yield
    finally:
        use(None)
        await exporter.close()


def _named_endpoint(environ: Mapping[str, str]) -> str | None:
    """Return the name of the variable that names a collector, unless traces are switched off."""
    if environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return None
    if environ.get("OTEL_TRACES_EXPORTER", "otlp").strip() not in {"", "otlp"}:
        return None
    return next((name for name in _ENDPOINTS if environ.get(name, "").strip()), None)
