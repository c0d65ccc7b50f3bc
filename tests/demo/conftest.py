"""One embedded PostgreSQL for the tests of what the demo does with it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="data_sync_airflow_"))

from demo.embedded_postgres import EmbeddedPostgres


@pytest.fixture(scope="session")
def sample_server() -> Iterator[EmbeddedPostgres]:
    """A server for the sample sources, stopped at the end."""
    # Not below pytest's own folder: another pytest that starts closes that to the server's account.
    with tempfile.TemporaryDirectory(prefix="data_sync_demo_", ignore_cleanup_errors=True) as folder:
        server = EmbeddedPostgres(Path(folder)).start()
        try:
            yield server
        finally:
            server.stop()
