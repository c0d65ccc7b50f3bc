"""Streams the result of a query over ODBC as Arrow batches, in memory that does not grow with rows."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from data_sync.errors import (
    ConfigurationError,
    DataSyncError,
    PermanentError,
    SourceUnavailable,
    TransientError,
    ValueRejected,
)
from data_sync.fetchers.columns import LONGEST_TEXT
from data_sync.fetchers.odbc.background import Background
from data_sync.fetchers.partitions import Part, divided

if TYPE_CHECKING:
    import pyarrow as pa

    from data_sync.fetchers.odbc.hook import OdbcSourceHook
    from data_sync.settings.models import SourceSystem

ROWS_PER_BATCH = 25_000
BYTES_PER_BATCH = 16 * 1024 * 1024
"""Two buffers of at most this size are held: one is filled while the other is worked on."""

MAX_BINARY_SIZE = 1024 * 1024
_GRACE = 60.0
"""Seconds that a driver gets to end a query itself that takes too long."""

_MOST_EXACT_DIGITS = 18
"""A 64-bit integer holds all numbers of so many digits."""

_STATE = re.compile(r"State: (\w{5})")
_REPORT = re.compile(
    r".*?calling '(?P<call>\w+)': State: (?P<state>\w{5}), "
    r"Native error: (?P<native>-?\d+), Message: (?P<text>.*)"
)
_UNAVAILABLE = ("08", "HYT0", "HY008", "57", "53", "40")
"""SQLSTATE classes of lost connections, timeouts, shutdowns, lack of resources and deadlocks."""


class OdbcRows:
    """The rows of a query, read while they are iterated over.

    Numbers with a fixed point arrive as text, in which the driver cannot round them.

    :ivar reported: the schema as the driver reports it, with such numbers as decimals
    """

    def __init__(self, reported: pa.Schema, batches: Generator[Any, None, None]) -> None:
        self.reported = reported
        self._batches = batches

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Yield the batches.

        :raises ValueRejected: a value is larger than the buffer for its column
        :raises SourceUnavailable: the connection broke
        """
        yield from self._batches


def stream(
    system: SourceSystem,
    query: str,
    parameters: Sequence[str | None] = (),
    *,
    max_text_size: int = LONGEST_TEXT,
) -> OdbcRows:
    """Run a query on a source system and return its rows.

    The driver is only called in a thread of its own, which reads on while the caller works on a batch.

    :param query: with ``?`` where a parameter stands
    :param parameters: as text, which the source converts
    :param max_text_size: bytes of the longest text or number that may occur; a longer one is an error
    :raises SourceUnavailable: the source cannot be reached, or its answer takes too long
    :raises PermanentError: the source refuses the query
    """
    from data_sync.fetchers.odbc.hook import OdbcSourceHook

    if system.connection is None:
        raise ConfigurationError("the source system has no connection; write the id of an odbc connection")
    hook = OdbcSourceHook(odbc_conn_id=system.connection)
    # Read here: Airflow's connections may not be at hand in another thread.
    connection_string = hook.odbc_connection_string

    def read() -> Generator[Any, None, None]:
        from arrow_odbc.error import Error

        try:
            yield from _rows(connection_string, system, query, parameters, max_text_size)
        except Error as error:
            raise translated(hook, error) from None

    patience = (system.query_timeout + system.login_timeout).total_seconds() + _GRACE
    items = iter(Background(read, patience))
    return OdbcRows(next(items), items)


def _rows(
    connection_string: str,
    system: SourceSystem,
    query: str,
    parameters: Sequence[str | None],
    max_text_size: int,
) -> Iterator[Any]:
    """Yield the schema that the driver reports, then the batches."""
    from arrow_odbc import TextEncoding, connect

    reported: list[pa.Schema] = []

    def exact(schema: pa.Schema) -> pa.Schema:
        reported.append(schema)
        return exact_schema(schema)

    connection = connect(connection_string, login_timeout_sec=int(system.login_timeout.total_seconds()))
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
    yield reported[0]
    yield from reader


def key_ranges(
    system: SourceSystem, query: str, parameters: Sequence[str | None], column: str, parts: int
) -> list[Part]:
    """Return the parts that a read is divided into, by the ends of its key.

    :param query: returns one row, the least and the greatest key
    :param column: the key's name, for messages
    :param parts: how many are wanted
    :raises ValueRejected: the key holds other than whole numbers
    """
    import pyarrow as pa

    from data_sync.fetchers.convert import whole_numbers

    ends = pa.Table.from_batches(list(stream(system, query, parameters)))
    lowest, highest = (whole_numbers(column, ends.column(at).combine_chunks())[0].as_py() for at in (0, 1))
    if lowest is None or highest is None:
        return divided(None, None, parts)
    return divided(int(lowest), int(highest), parts)


def exact_schema(schema: pa.Schema) -> pa.Schema:
    """Return the schema in which a driver can deliver every value unchanged.

    psqlODBC guesses the scale of a ``numeric`` without one from the first rows and reports 64-bit
    floats as 32-bit ones, SQLite's driver timestamps as whole seconds; drivers round what does not fit
    the type that is asked for.
    """
    import pyarrow as pa

    def exact(field: pa.Field) -> pa.Field:
        if pa.types.is_decimal(field.type):
            whole = field.type.scale == 0 and field.type.precision <= _MOST_EXACT_DIGITS
            return field.with_type(pa.int64() if whole else pa.string())
        if pa.types.is_timestamp(field.type):
            return field.with_type(pa.timestamp("us"))
        return field.with_type(pa.float64()) if pa.types.is_floating(field.type) else field

    return pa.schema([exact(field) for field in schema])


def translated(hook: OdbcSourceHook, error: Exception) -> DataSyncError:
    """Return a driver's error as one of ours, sorted by whether a retry may help."""
    # On one line, so that what is cut to a line still tells the driver's reason.
    message = " ".join(hook.without_secrets(str(error)).split())
    where = f"connection {hook.get_conn_id()!r}"
    if "without truncation" in message or "too large to be written" in message:
        return ValueRejected(
            f"{where}: a text or binary value is longer than its buffer; declare the column longer, or "
            f"raise fetch.max_text_size ({message})"
        )
    found = _STATE.search(message)
    state = found[1] if found else ""
    # What the driver says first: lists and messages cut an error short.
    if report := _REPORT.fullmatch(message):
        message = "{text} (SQLSTATE {state}, native error {native}, {call})".format_map(report.groupdict())
    if state.startswith(_UNAVAILABLE):
        return SourceUnavailable(f"{where}: {message}")
    if "allocat" in message.lower() and not state:
        return TransientError(f"{where}: not enough memory for the read buffers ({message})")
    return PermanentError(f"{where}: {message}")
