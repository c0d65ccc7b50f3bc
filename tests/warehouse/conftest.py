"""The databases that the warehouse tests run on.

Every test that asks for ``lab`` runs once per database. A lab creates schemas of its own and drops them.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="data_sync_airflow_"))

from tests.warehouse.mssql_lab import mssql_lab
from tests.warehouse.parts import Parts
from tests.warehouse.postgres_lab import postgres_lab

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from tests.warehouse.lab import Lab

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


@pytest.fixture
def parts(lab: Lab) -> Parts:
    """An empty table of parts."""
    lab.needs("MERGE")
    return Parts(lab)
