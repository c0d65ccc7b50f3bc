"""What all tests share: the databases under test and an OTLP receiver.

Every test that asks for ``lab`` runs once per database. A lab creates schemas of its own and drops them.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="data_sync_airflow_"))

from tests.databases.mssql_lab import mssql_lab
from tests.databases.postgres_lab import postgres_lab
from tests.otlp import OtlpReceiver, attributes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from tests.databases.lab import Lab

LABS: dict[str, Callable[[pytest.FixtureRequest], AbstractContextManager[Lab]]] = {
    "postgres": postgres_lab,
    "mssql": mssql_lab,
}


@pytest.fixture(
    scope="session",
    params=[
        pytest.param("postgres", marks=pytest.mark.integration),
        pytest.param("mssql", marks=pytest.mark.mssql),
    ],
)
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """Each database under test in turn."""
    with LABS[request.param](request) as found:
        yield found


@pytest.fixture(scope="session")
def postgres_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URI of a PostgreSQL server that lives as long as the test session.

    DATA_SYNC_TEST_POSTGRES names another one, to test other versions.
    """
    if os.environ.get("DATA_SYNC_TEST_POSTGRES"):
        yield os.environ["DATA_SYNC_TEST_POSTGRES"]
        return
    from demo.embedded_postgres import EmbeddedPostgres

    with tempfile.TemporaryDirectory(prefix="data_sync_pg_", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        server = EmbeddedPostgres(Path(folder)).start()
        try:
            yield server.uri()
        finally:
            server.stop()


@pytest.fixture(scope="session")
def otlp_attributes() -> Any:
    return attributes


@pytest.fixture(scope="session")
def otlp_session() -> Iterator[OtlpReceiver]:
    receiver = OtlpReceiver()
    yield receiver
    receiver.stop()


@pytest.fixture
def otlp() -> Iterator[OtlpReceiver]:
    receiver = OtlpReceiver()
    yield receiver
    receiver.stop()
