"""Which exporter the ``OTEL_*`` variables ask for."""

from __future__ import annotations

import os
from importlib.metadata import entry_points
from typing import Any, Literal

from data_sync.errors import ConfigurationError

Signal = Literal["METRICS", "TRACES"]

_BY_PROTOCOL = {"http/protobuf": "otlp_proto_http", "grpc": "otlp_proto_grpc"}


def is_on(signal: Signal) -> bool:
    """Return whether a signal has somewhere to go.

    That is when ``OTEL_EXPORTER_OTLP_ENDPOINT`` or the signal's own endpoint is set, or
    ``OTEL_<signal>_EXPORTER`` names another exporter; ``none`` and ``OTEL_SDK_DISABLED`` switch it off.
    https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
    """
    if os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return False
    name = os.environ.get(f"OTEL_{signal}_EXPORTER", "").strip()
    if name not in ("", "otlp"):
        return name != "none"
    return any(
        os.environ.get(variable)
        for variable in ("OTEL_EXPORTER_OTLP_ENDPOINT", f"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT")
    )


def make_exporter(signal: Signal) -> Any:
    """Return the exporter of a signal, which reads its endpoint, headers and time limit by itself.

    :raises ConfigurationError: ``OTEL_<signal>_EXPORTER`` or the protocol names none that is installed
    """
    name = os.environ.get(f"OTEL_{signal}_EXPORTER", "").strip() or "otlp"
    if name == "otlp":
        protocol = os.environ.get(
            f"OTEL_EXPORTER_OTLP_{signal}_PROTOCOL", os.environ.get("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
        )
        name = _BY_PROTOCOL.get(protocol, protocol)
    group = f"opentelemetry_{signal.lower()}_exporter"
    for found in entry_points(group=group, name=name):
        return found.load()()
    installed = ", ".join(sorted(entry.name for entry in entry_points(group=group)))
    raise ConfigurationError(
        f"OTEL_{signal}_EXPORTER and OTEL_EXPORTER_OTLP_PROTOCOL ask for {name!r}, which is not installed; "
        f"there is {installed}"
    )
