"""Streams a query over ODBC as Arrow batches."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from data_sync.errors import ConfigurationError, PermanentError, SourceUnavailable

if TYPE_CHECKING:
    import pyarrow as pa

    from data_sync.settings.models import SourceSystem

ROWS = 50_000
"""Rows per batch at most."""

BYTES = 64 * 1024**2
"""Bytes of one transfer buffer at most; there are two, so that reading and converting overlap."""

_UNAVAILABLE = ("08", "HYT00", "HYT01", "57P0", "40001", "40P01")
_SECRET = re.compile(r"(?i)\b(pwd|password)\s*=\s*(\{(?:[^}]|\}\})*\}|[^;]*)")


def stream(
    system: SourceSystem, query: str, parameters: Sequence[str | None] = (), max_text_size: int = 4000
) -> pa.RecordBatchReader:
    """Run a query on a source system and return its rows.

    :param query: with ``?`` for each parameter
    :param parameters: bound as text
    :param max_text_size: bytes that the longest text may have; a longer one is an error, never cut off
    :raises SourceUnavailable: the source could not be reached, or the connection broke
    :raises PermanentError: the query is wrong, or a text is longer than ``max_text_size``
    """
    import pyarrow as pa
    from arrow_odbc import Error, read_arrow_batches_from_odbc

    from data_sync.hooks.odbc import OdbcSourceHook

    if system.connection is None:
        raise ConfigurationError("the source system has no connection; write the id of an odbc connection")
    try:
        reader = read_arrow_batches_from_odbc(
            query=query,
            connection_string=OdbcSourceHook(odbc_conn_id=system.connection).odbc_connection_string,
            batch_size=ROWS,
            parameters=list(parameters) or None,
            max_bytes_per_batch=BYTES,
            max_text_size=max_text_size,
            max_binary_size=max_text_size,
            login_timeout_sec=int(system.login_timeout.total_seconds()),
            query_timeout_sec=int(system.query_timeout.total_seconds()),
        )
    except Error as error:
        raise translate(error, system.connection) from None

    def batches() -> Iterator[pa.RecordBatch]:
        try:
            yield from reader
        except Error as error:
            raise translate(error, str(system.connection)) from None

    return pa.RecordBatchReader.from_batches(reader.schema, batches())


def translate(error: Exception, connection: str) -> SourceUnavailable | PermanentError:
    """Return the error for one of the driver's: transient when it says that the source is unavailable."""
    text = _SECRET.sub(r"\1=***", str(error))
    states = re.findall(r"State: (\w{5})", text)
    if any(state.startswith(_UNAVAILABLE) for state in states):
        return SourceUnavailable(f"the source behind the connection {connection!r} is unavailable: {text}")
    if "buffer" in text.lower() and "large" in text.lower():
        text += "; raise fetch.max_text_size"
    return PermanentError(f"reading through the connection {connection!r} failed: {text}")
