"""What Microsoft's parser is given to read, and that its verdict decides."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from tests.tsql.check import ROOT, files, script, statements, with_variables
from tests.tsql.record import record

ENVIRONMENT = ROOT / ".venv-tsql"


@pytest.mark.parametrize(
    ("sql", "read"),
    [
        ("SELECT %(name)s, ?", "SELECT @name, @P"),
        ("SELECT '?', [%(a)s], \"b?\" /* ? */ -- ?\n, ?", "SELECT '?', [%(a)s], \"b?\" /* ? */ -- ?\n, @P"),
        ("SELECT 'it''s ?' + ?", "SELECT 'it''s ?' + @P"),
        ("SELECT [a]]?] + ?", "SELECT [a]]?] + @P"),
    ],
)
def test_parameters_are_read_as_variables(sql, read):
    assert with_variables(sql) == read


def test_golden_files_of_sql_server_are_read_and_no_others():
    found = {str(path.relative_to(ROOT)) for path in files()}
    assert {
        "include/sql/mssql/grants.sql",
        "tests/fetchers/golden/mssql/WorkOrder.sql",
        "tests/updates/golden/mssql/m0001_initial.sql",
        "tests/updates/golden/statements/start_update.sql",
        "tests/warehouse/mssql/golden/switch.sql",
    } <= found
    assert not any("postgres" in name or "oracle" in name or "db2" in name for name in found)


def test_batches_of_a_golden_file_are_read_one_by_one(tmp_path):
    file = tmp_path / "golden" / "two.sql"
    file.parent.mkdir()
    file.write_text("DROP VIEW v;\n\nCREATE VIEW v AS\nSELECT 1 AS a;\n\n")
    assert script(file) == "DROP VIEW v;\nGO\nCREATE VIEW v AS\nSELECT 1 AS a;\n\n"


def test_recorded_statements_are_read_once_each(tmp_path):
    class Cursor:
        def execute(self, *args, **kwargs):
            sent.append((args, kwargs))
            if "refused" in args[0]:
                raise RuntimeError
            return self

    sent, file = [], tmp_path / "statements"
    record(Cursor, file)
    cursor = Cursor()
    assert cursor.execute("SELECT\n'ä'", 1, use_prepare=False) is cursor
    cursor.execute("SELECT\n'ä'", 2)
    with pytest.raises(RuntimeError):
        cursor.execute("refused")
    assert sent[:2] == [(("SELECT\n'ä'", 1), {"use_prepare": False}), (("SELECT\n'ä'", 2), {})]
    assert len(file.read_text().splitlines()) == 2
    file.write_text(file.read_text() * 2)
    assert statements(file) == ["SELECT\n'ä'", "refused"]


@pytest.mark.skipif(not (ENVIRONMENT / "ready").exists(), reason="`make tsql` has not made its environment")
@pytest.mark.parametrize(
    ("statement", "code"), [("DELETE FROM t WHERE a = ?", 0), ("DELETE FROM t WHERE a = ? LIMIT 1", 1)]
)
def test_an_error_fails_the_check_and_is_named(tmp_path, statement, code):
    file = tmp_path / "statements"
    file.write_text(json.dumps(statement) + "\n")
    done = subprocess.run(
        [ENVIRONMENT / "bin" / "python", Path(__file__).with_name("check.py"), ENVIRONMENT / "parser"],
        env={**os.environ, "DATA_SYNC_TSQL_STATEMENTS": str(file)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    assert ("Incorrect syntax near LIMIT" in done.stdout) == bool(code)
