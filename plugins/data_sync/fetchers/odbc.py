"""Streams the result of a query over ODBC as Arrow batches, in memory that does not grow with rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from data_sync.errors import (
    ConfigurationError,
    DataSyncError,
    PermanentError,
    SourceUnavailable,
    TransientError,
    ValueRejected,
)

if TYPE_CHECKING:
    import pyarrow as pa

    from data_sync.hooks.odbc import OdbcSourceHook
    from data_sync.settings.models import SourceSystem

ROWS_PER_BATCH = 25_000
BYTES_PER_BATCH = 16 * 1024 * 1024
"""Two buffers of at most this size are held: one is filled while the other is worked on."""

MAX_BINARY_SIZE = 1024 * 1024
MAX_TEXT_SIZE = 4096

_MOST_EXACT_DIGITS = 18
"""A 64-bit integer holds all numbers of so many digits."""

_STATE = re.compile(r"State: (\w{5})")
_UNAVAILABLE = ("08", "HYT0", "HY008", "57", "53", "40")
"""SQLSTATE classes of lost connections, timeouts, shutdowns, lack of resources and deadlocks."""


class OdbcRows:
    """The rows of a query, read while they are iterated over.

    Numbers with a fixed point arrive as text, in which the driver cannot round them.

    :ivar reported: the schema as the driver reports it, with such numbers as decimals
    """

    def __init__(self, hook: OdbcSourceHook, batches: Iterator[pa.RecordBatch], reported: pa.Schema) -> None:
        self._hook = hook
        self._batches = batches
        self.reported = reported

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Yield the batches.

        :raises ValueRejected: a value is larger than the buffer for its column
        :raises SourceUnavailable: the connection broke
        """
        from arrow_odbc.error import Error

        try:
            yield from self._batches
        except Error as error:
            raise translated(self._hook, error) from None


def stream(
    system: SourceSystem,
    query: str,
    parameters: Sequence[str | None] = (),
    *,
    max_text_size: int = MAX_TEXT_SIZE,
) -> OdbcRows:
    """Run a query on a source system and return its rows.

    :param query: with ``?`` where a parameter stands
    :param parameters: as text, which the source converts
    :param max_text_size: bytes of the longest text or number that may occur; a longer one is an error
    :raises SourceUnavailable: the source cannot be reached, or its answer takes too long
    :raises PermanentError: the source refuses the query
    """
    from arrow_odbc import TextEncoding, connect
    from arrow_odbc.error import Error

    from data_sync.hooks.odbc import OdbcSourceHook

    if system.connection is None:
        raise ConfigurationError("the source system has no connection; write the id of an odbc connection")
    hook = OdbcSourceHook(odbc_conn_id=system.connection)
    reported: list[pa.Schema] = []

    def exact(schema: pa.Schema) -> pa.Schema:
        reported.append(schema)
        return exact_schema(schema)

    try:
        connection = connect(
            hook.odbc_connection_string, login_timeout_sec=int(system.login_timeout.total_seconds())
        )
        reader = connection.read_arrow_batches(
            query,
            batch_size=ROWS_PER_BATCH,
            parameters=list(parameters) or None,
            max_bytes_per_batch=BYTES_PER_BATCH,
            max_text_size=max_text_size,
            max_binary_size=MAX_BINARY_SIZE,
            falliable_allocations=True,
            map_schema=exact,
            fetch_concurrently=True,
            query_timeout_sec=int(system.query_timeout.total_seconds()),
            # UTF-8 whatever the process's locale: workers often run under LANG=C.
            payload_text_encoding=TextEncoding.UTF8,
        )
    except Error as error:
        raise translated(hook, error) from None
    return OdbcRows(hook, reader, reported[0])


def exact_schema(schema: pa.Schema) -> pa.Schema:
    """Return the schema in which a driver can deliver every value unchanged.

    psqlODBC guesses the scale of a ``numeric`` without one from the first rows and reports 64-bit
    floats as 32-bit ones; drivers round what does not fit the type that is asked for.
    """
    import pyarrow as pa

    def exact(field: pa.Field) -> pa.Field:
        if pa.types.is_decimal(field.type):
            whole = field.type.scale == 0 and field.type.precision <= _MOST_EXACT_DIGITS
            return field.with_type(pa.int64() if whole else pa.string())
        return field.with_type(pa.float64()) if pa.types.is_floating(field.type) else field

    return pa.schema([exact(field) for field in schema])


def translated(hook: OdbcSourceHook, error: Exception) -> DataSyncError:
    """Return a driver's error as one of ours, sorted by whether a retry may help."""
    message = hook.without_secrets(str(error)).strip()
    where = f"connection {hook.get_conn_id()!r}"
    if "without truncation" in message or "too large to be written" in message:
        return ValueRejected(
            f"{where}: a text or binary value is longer than its buffer; declare the column longer, or "
            f"raise fetch.max_text_size ({message})"
        )
    found = _STATE.search(message)
    state = found[1] if found else ""
    if state.startswith(_UNAVAILABLE):
        return SourceUnavailable(f"{where}: {message}")
    if "allocat" in message.lower() and not state:
        return TransientError(f"{where}: not enough memory for the read buffers ({message})")
    return PermanentError(f"{where}: {message}")
