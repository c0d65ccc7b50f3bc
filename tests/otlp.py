"""An OTLP/HTTP receiver, which keeps what telemetry sends."""

from __future__ import annotations

import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

SCOPE = "DataSync"
TAGS = ("table", "source_system", "update_type")


class OtlpReceiver:
    """An OTLP/HTTP receiver that keeps what it is sent."""

    def __init__(self) -> None:
        self.metrics: list[Any] = []
        self.spans: list[Any] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        # It looks this often, in seconds, whether it is to stop.
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def environment(self) -> dict[str, str]:
        """The variables that send everything here, Airflow's own spans too."""
        return {
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{self._server.server_port}",
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
            "OTEL_TRACES_EXPORTER": "otlp_proto_http",
        }

    def counts(self, name: str, table: str | None = None) -> Counter[tuple[str, ...]]:
        """Return the sum of a counter by table, source system and update type."""
        found: Counter[tuple[str, ...]] = Counter()
        for metric in self.metrics:
            for point in metric.sum.data_points if metric.name == name else ():
                tags = attributes(point)
                if table in (None, tags["table"]):
                    found[tuple(tags[tag] for tag in TAGS)] += point.as_int
        return found

    def histogram(self, name: str) -> list[tuple[dict[str, Any], float]]:
        """Return the tags and the sum of every point of a histogram."""
        points = [
            point for metric in self.metrics if metric.name == name for point in metric.histogram.data_points
        ]
        return [(attributes(point), point.sum) for point in points]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    import gzip

                    body = gzip.decompress(body)
                receiver.keep(self.path, body)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        return Handler

    def keep(self, path: str, body: bytes) -> None:
        if path.endswith("/v1/metrics"):
            for resource in ExportMetricsServiceRequest.FromString(body).resource_metrics:
                for scope in resource.scope_metrics:
                    self.metrics += scope.metrics if scope.scope.name == SCOPE else []
        elif path.endswith("/v1/traces"):
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                for scope in resource.scope_spans:
                    self.spans += [(scope.scope.name, span) for span in scope.spans]


def attributes(holder: Any) -> dict[str, Any]:
    """Return the attributes of a point or a span as a dictionary."""
    return {pair.key: getattr(pair.value, str(pair.value.WhichOneof("value"))) for pair in holder.attributes}
