"""A collector of OpenTelemetry's traces: OTLP over HTTP, on loopback, in a thread of its own."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue


@dataclass(frozen=True)
class Collected:
    """A span as it arrived; `service` is the name of what sent it."""

    service: str
    name: str
    kind: int
    trace: str
    id: str
    parent: str
    attributes: dict[str, object]
    text: str = field(repr=False)


@dataclass
class Collector:
    """Keeps what it got; `status` is what it answers from now on."""

    url: str = ""
    status: int = 200
    spans: list[Collected] = field(default_factory=list)
    batches: int = 0

    def take(self, body: bytes) -> None:
        """Keep the spans of a batch."""
        self.batches += 1
        if self.status != 200:
            return
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            service = str(_attributes(resource.resource.attributes)["service.name"])
            for scope in resource.scope_spans:
                for span in scope.spans:
                    self.spans.append(
                        Collected(
                            service,
                            span.name,
                            span.kind,
                            span.trace_id.hex(),
                            span.span_id.hex(),
                            span.parent_span_id.hex(),
                            _attributes(span.attributes),
                            f"{resource.resource}{span}",
                        )
                    )

    def has_more_than(self, batches: int) -> bool:
        """Whether more than so many batches have come, refused ones too."""
        return self.batches > batches

    def named(self, name: str) -> list[Collected]:
        """Return the spans of a name."""
        return [span for span in self.spans if span.name == name]

    def below(self, span: Collected) -> list[str]:
        """Return the names of the spans whose parent this one is."""
        return [one.name for one in self.spans if one.parent == span.id]


def _attributes(pairs: "Iterator[KeyValue]") -> dict[str, object]:
    return {one.key: getattr(one.value, str(one.value.WhichOneof("value"))) for one in pairs}


@contextmanager
def collecting() -> Iterator[Collector]:
    """Run a collector on a free port."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the library's name
            assert self.path == "/v1/traces"
            collector.take(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(collector.status)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collector.url = f"http://127.0.0.1:{server.server_port}"
    serving = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    serving.start()
    try:
        yield collector
    finally:
        server.shutdown()
        serving.join()
        server.server_close()
