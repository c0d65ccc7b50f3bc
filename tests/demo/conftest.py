"""One embedded PostgreSQL for the tests of what the demo does with it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="data_sync_airflow_"))

from demo.embedded_postgres import EmbeddedPostgres


@contextmanager
def own_folder() -> Iterator[Path]:
    """A folder that is not below pytest's own: another pytest closes that to the server's account."""
    with tempfile.TemporaryDirectory(prefix="data_sync_demo_", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def session_folder() -> Iterator[Path]:
    with own_folder() as folder:
        yield folder


@pytest.fixture
def folder() -> Iterator[Path]:
    with own_folder() as found:
        yield found


@pytest.fixture(scope="session")
def sample_server(session_folder: Path) -> Iterator[EmbeddedPostgres]:
    """A server for the sample sources, stopped at the end."""
    server = EmbeddedPostgres(session_folder / "sample").start()
    yield server
    server.stop()
