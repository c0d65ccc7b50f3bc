"""The ids of the generated DAGs."""

from __future__ import annotations

import re
import zlib


def dag_id_of(table_name: str) -> str:
    """Return the id of a table's DAG.

    Airflow allows letters, digits, dashes, dots and underscores. Others become underscores, with a
    checksum behind, so that ``Work Order`` and ``Work_Order`` stay apart.
    """
    safe = re.sub(r"[^A-Za-z0-9_.-]", "_", table_name)
    if safe != table_name:
        safe += f"_{zlib.crc32(table_name.encode()):08x}"
    return f"sync_{safe}"
