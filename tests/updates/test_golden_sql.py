"""The log's statements and migrations, compared with files and parsed by grammars of both databases.

DATA_SYNC_UPDATE_GOLDEN=1 writes the files anew; read the difference before committing it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
import sqlglot
from sqlfluff.core import Linter

from data_sync.updates import log_history_sql, log_sql, migrations
from data_sync.updates.migrations import all_migrations, version_sql
from data_sync.updates.migrations.layout import VERSION_TABLE, layout_after
from data_sync.warehouse.migration import Migration
from data_sync.warehouse.mssql import catalog
from data_sync.warehouse.mssql import ddl as mssql_ddl
from data_sync.warehouse.postgres import ddl as postgres_ddl

GOLDEN = Path(__file__).parent / "golden"
MODULES = (log_history_sql, log_sql, version_sql)
HELPERS = {"quote", "table", "columns", "table_parameters"}
LOG = "data_sync"

STATEMENTS = {
    "start_update": log_sql.start_update(LOG),
    "find_running": log_sql.find_running(LOG),
    "one_update": log_sql.one_update(LOG),
    "complete_update": log_sql.complete_update(LOG),
    "open_updates": log_sql.open_updates(LOG, one_table=False),
    "open_updates_of_one_table": log_sql.open_updates(LOG, one_table=True),
    "close_as_failed": log_sql.close_as_failed(LOG),
    "last_updates": log_sql.last_updates(LOG),
    "last_updates_without_run": log_sql.last_updates(LOG, without_run=True),
    "lookbacks": log_sql.lookbacks(LOG),
    "permanent_failures": log_sql.permanent_failures(LOG),
    "all_lookbacks": log_sql.all_lookbacks(LOG),
    "all_permanent_failures": log_sql.all_permanent_failures(LOG),
    "all_last_updates": log_sql.all_last_updates(LOG),
    "purgeable": log_sql.purgeable(LOG),
    "next_purgeable": log_sql.next_purgeable(LOG),
    "kept": log_sql.kept(LOG),
    "purge": log_sql.purge(LOG),
    "purge_batches": log_sql.purge_batches(LOG),
    "operation": log_sql.operation(LOG),
    "tables_without_indexes": log_sql.tables_without_indexes(LOG),
    "latest_outcomes": log_history_sql.latest_outcomes(LOG, 2),
    "last_successes": log_history_sql.last_successes(LOG, 2),
    "failures_since_success": log_history_sql.failures_since_success(LOG, 2),
    "recent": log_history_sql.recent(LOG, 2, 20),
    "current": version_sql.current(LOG, layout_after(all_migrations()), catalog.schema_exists()),
    "recorded": version_sql.recorded(LOG),
    "record": version_sql.record(LOG),
    "existing_columns": version_sql.existing_columns(),
}

MIGRATIONS = {"m0000_version": Migration((VERSION_TABLE,))} | {
    file.stem: migration
    for file, migration in zip(
        sorted(Path(migrations.__file__).parent.glob("m[0-9]*.py")), all_migrations(), strict=True
    )
}
DIALECTS = {"mssql": mssql_ddl, "postgres": postgres_ddl}
BATCHES = {
    (dialect, name): [
        batch for change in migration.changes for batch in DIALECTS[dialect].render('lo"g', change)
    ]
    for dialect in DIALECTS
    for name, migration in MIGRATIONS.items()
}


def as_sent(statement):
    """The statement with its parameters as variables, which is how SQL Server sees them."""
    return re.sub(r"%\((\w+)\)s", r"@\1", statement)


def compare(file, text):
    if os.environ.get("DATA_SYNC_UPDATE_GOLDEN"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def linter():
    return Linter(dialect="tsql")


def assert_t_sql(linter, statement):
    parsed = linter.parse_string(statement)
    assert not parsed.violations
    assert parsed.tree is not None
    assert "unparsable" not in parsed.tree.type_set()


def assert_known_to_sqlglot(statement, dialect):
    parsed = sqlglot.parse(statement, dialect=dialect, error_level=sqlglot.ErrorLevel.RAISE)
    assert parsed
    assert not any(isinstance(one, sqlglot.exp.Command) for one in parsed)


@pytest.mark.parametrize("name", STATEMENTS)
def test_the_statement_is_as_reviewed(name):
    compare(GOLDEN / "statements" / f"{name}.sql", STATEMENTS[name] + "\n")


@pytest.mark.parametrize("name", STATEMENTS)
def test_both_databases_understand_the_statement(linter, name):
    assert_t_sql(linter, as_sent(STATEMENTS[name]))
    assert_known_to_sqlglot(as_sent(STATEMENTS[name]), "tsql")
    assert_known_to_sqlglot(STATEMENTS[name], "postgres")


@pytest.mark.parametrize(("dialect", "name"), BATCHES)
def test_the_migration_is_as_reviewed(dialect, name):
    compare(GOLDEN / dialect / f"{name}.sql", "".join(f"{batch};\n\n" for batch in BATCHES[dialect, name]))


@pytest.mark.parametrize("name", MIGRATIONS)
def test_each_batch_of_the_migration_is_t_sql(linter, name):
    for batch in BATCHES["mssql", name]:
        assert_t_sql(linter, batch)


@pytest.mark.parametrize("name", MIGRATIONS)
def test_each_statement_of_the_migration_is_postgresql(name):
    for statement in BATCHES["postgres", name]:
        assert_known_to_sqlglot(statement, "postgres")


def test_no_batch_needs_more_than_sql_server_2016():
    text = "\n".join(
        batch for (dialect, _), batches in BATCHES.items() if dialect == "mssql" for batch in batches
    )
    assert not re.search(r"CREATE\s+OR\s+ALTER|ALTER\s+VIEW", text, re.IGNORECASE)


def test_a_view_is_created_in_a_batch_of_its_own():
    for batch in BATCHES["mssql", "m0001_initial"]:
        assert "CREATE VIEW" not in batch or batch.startswith("CREATE VIEW")


def test_what_marks_a_running_update_is_written_out_in_every_statement():
    compared = re.compile(r'(?:WHERE|AND|WHEN) "NumberRecords" (?:=|<>) (\S+)')
    found = {name: set(compared.findall(text)) for name, text in STATEMENTS.items()}
    assert {name for name, values in found.items() if values - {"-2"}} == set()
    assert found["open_updates"] == found["complete_update"] == found["purge"] == {"-2"}


def test_every_statement_and_migration_has_a_golden_file():
    rendered = {
        name
        for module in MODULES
        for name, value in vars(module).items()
        if callable(value)
        and not name.startswith("_")
        and getattr(value, "__module__", "") == module.__name__
    }
    assert rendered - HELPERS <= STATEMENTS.keys()
    assert {file.stem for file in (GOLDEN / "statements").glob("*.sql")} == STATEMENTS.keys()
    for dialect in DIALECTS:
        assert {file.stem for file in (GOLDEN / dialect).glob("*.sql")} == MIGRATIONS.keys()


def test_a_name_cannot_end_its_quotes():
    assert log_sql.quote('a"; DROP TABLE x; --') == '"a""; DROP TABLE x; --"'
