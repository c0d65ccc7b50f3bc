"""What the ODBC driver can deliver: the same query, drained."""

from __future__ import annotations

import json
import os

from tests.benchmarks.ground import TABLE
from tests.benchmarks.sync import table_sync


def drain() -> int:
    """Read every row of the fetch's own query with arrow-odbc and drop it; return the number of rows.

    The driver's types are taken as they come, and the buffers are those of the fetch. Nothing is
    converted or written.
    """
    from arrow_odbc import read_arrow_batches_from_odbc

    from data_sync.fetchers.base import Window
    from data_sync.fetchers.odbc import BYTES_PER_BATCH, ROWS_PER_BATCH
    from data_sync.fetchers.registry import make_fetcher

    settings = table_sync().settings
    source = settings.sources[TABLE]
    fetcher = make_fetcher(source, settings.options.source_systems["JDE"], settings.include)
    reader = read_arrow_batches_from_odbc(
        query=str(fetcher.describe(Window())["query"]),
        connection_string=_connection_string(),
        batch_size=ROWS_PER_BATCH,
        max_bytes_per_batch=BYTES_PER_BATCH,
        max_text_size=256,
        fetch_concurrently=True,
    )
    assert reader is not None
    return sum(batch.num_rows for batch in reader)


def _connection_string() -> str:
    login = json.loads(os.environ["AIRFLOW_CONN_BENCH_JDE"])
    return (
        f"Driver={{{login['extra']['driver']}}};Server={login['host']};Port={login['port']};"
        f"Database={login['schema']};UID={login['login']};PWD={{{login['password']}}}"
    )
