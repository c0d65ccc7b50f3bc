"""What the ODBC driver can deliver: the same query, drained."""

from __future__ import annotations

from tests.benchmarks.ground import TABLE
from tests.benchmarks.sync import table_sync


def drain() -> int:
    """Read every row of the fetch's own query with arrow-odbc and drop it; return the number of rows.

    Connection string, buffers and the types asked of the driver are those of the fetch. Nothing is
    converted, numbered or written.
    """
    from arrow_odbc import read_arrow_batches_from_odbc

    from data_sync.fetchers.base import Window
    from data_sync.fetchers.odbc.hook import OdbcSourceHook
    from data_sync.fetchers.odbc.stream import BYTES_PER_BATCH, ROWS_PER_BATCH, exact_schema
    from data_sync.fetchers.registry import make_fetcher

    settings = table_sync().settings
    system = settings.options.source_systems["JDE"]
    fetcher = make_fetcher(settings.sources[TABLE], system, settings.include)
    reader = read_arrow_batches_from_odbc(
        query=str(fetcher.describe(Window())["query"]),
        connection_string=OdbcSourceHook(odbc_conn_id=system.connection).odbc_connection_string,
        batch_size=ROWS_PER_BATCH,
        max_bytes_per_batch=BYTES_PER_BATCH,
        max_text_size=256,
        map_schema=exact_schema,
        fetch_concurrently=True,
    )
    return sum(batch.num_rows for batch in reader)
