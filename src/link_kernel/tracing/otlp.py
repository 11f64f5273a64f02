"""OpenTelemetry's SDK: spans are sent in batches by a thread, by OTLP over HTTP.

Its settings are OpenTelemetry's own variables: endpoint, headers, time-out, sampler, queue.
"""

import asyncio
import logging
import threading
from collections.abc import Mapping, Sequence
from typing import Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from link_kernel.tracing.spans import Spans

_CLOSED_WITHIN_S: Final = 5.0
# With all tries of a batch; the library's 10 s would be the wait of a service that ends.
_SENT_WITHIN_S: Final = 3.0
_TIME_OUTS: Final = ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT")
_ITS_LOGGER: Final = "opentelemetry"

_log: Final = logging.getLogger(__name__)


class Exporter:
    """Sends the spans of a service; callers never wait for it, and a full queue drops spans."""

    def __init__(self, service: str, environ: Mapping[str, str]) -> None:
        """Take the service's name, unless `environ` has another."""
        # It logs each failed batch, and each span that finds the queue full.
        logging.getLogger(_ITS_LOGGER).setLevel(logging.CRITICAL + 1)
        is_named = "OTEL_SERVICE_NAME" in environ or f"{SERVICE_NAME}=" in environ.get(
            "OTEL_RESOURCE_ATTRIBUTES", ""
        )
        self._provider = TracerProvider(
            resource=Resource.create({} if is_named else {SERVICE_NAME: service}),
            shutdown_on_exit=False,
        )
        is_set = any(name in environ for name in _TIME_OUTS)
        self._sending = _TellingOnce(OTLPSpanExporter(timeout=None if is_set else _SENT_WITHIN_S))
        self._provider.add_span_processor(BatchSpanProcessor(self._sending))
        self.spans = Spans(self._provider.get_tracer("link_kernel"))

    async def close(self) -> None:
        """Send what is left, in 5 s or never; nothing where the last batch was lost.

        The service that ends would wait for it.
        """
        if self._sending.has_failed:
            self._sending.shutdown()
        # No thread of the event loop's, whose end would wait for it.
        closing = threading.Thread(target=self._provider.shutdown, daemon=True)
        closing.start()
        await asyncio.to_thread(closing.join, _CLOSED_WITHIN_S)


class _TellingOnce(SpanExporter):
    """Logs a collector that takes no spans, and again when it does; every batch would be noise."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self.has_failed = False
        """Whether the last batch was lost."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send a batch; it is dropped where that fails."""
        try:
            result = self._exporter.export(spans)
        except Exception:  # noqa: BLE001  # whatever it is, no trace may fail a service
            result = SpanExportResult.FAILURE
        failed = result is not SpanExportResult.SUCCESS
        if failed and not self.has_failed:
            _log.warning("traces_not_exported")
        elif self.has_failed and not failed:
            _log.warning("traces_exported_again")
        self.has_failed = failed
        return result

    def shutdown(self) -> None:
        """End the exporter, and the tries that it waits for."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Return whether all is sent."""
        return self._exporter.force_flush(timeout_millis)
