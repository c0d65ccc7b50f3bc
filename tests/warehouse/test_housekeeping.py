"""Set-up, transactions, locks between threads and the staging schema."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from data_sync.errors import ConfigurationError, LockTimeout, PermanentError, TransientError
from data_sync.updates.migrations.install import install
from data_sync.warehouse import open_warehouse
from data_sync.warehouse.interface import TableName


def test_installing_again_changes_nothing(lab):
    log = TableName(lab.options.log_schema, "DataUpdate")
    before = lab.warehouse.columns(log)
    install(lab.warehouse)
    assert lab.warehouse.columns(log) == before
    assert [column.name for column in before][:6] == [
        "Id", "TableName", "SourceSystem", "UpdateType", "StartDT", "EndDT",
    ]  # fmt: skip


def test_many_processes_may_install_at_once(lab):
    schemas = {"staging_schema": f"{lab.options.staging_schema}b", "log_schema": f"{lab.options.log_schema}b"}
    fresh = [lab.with_options(**schemas) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(install, fresh))
    for name in ("DataUpdate", "LoadedBatch", "Baseline", "DisabledIndex", "LastDataUpdates"):
        assert fresh[0].columns(TableName(schemas["log_schema"], name)), name
    assert fresh[0].staging_tables() == []
    lab.drop_schemas(lab, schemas.values())


def test_a_transaction_that_fails_leaves_nothing(lab, parts):
    table = parts.target.table
    insert = f"""INSERT INTO "{table.schema}"."{table.name}" ("Id", "Code") VALUES (%(id)s, 'x')"""

    def insert_and_fail():
        with lab.warehouse.transaction() as session:
            assert session.execute(insert, {"id": 1}) == 1
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        insert_and_fail()
    assert parts.held() == []


def test_values_are_bound_not_pasted(lab, parts):
    table = parts.target.table
    insert = f'INSERT INTO "{table.schema}"."{table.name}" ("Id", "Code") VALUES (%(id)s, %(code)s)'
    with lab.warehouse.transaction() as session:
        session.execute(insert, {"id": 1, "code": "'; --%s"})
        found = session.rows(f'SELECT "Code" FROM "{table.schema}"."{table.name}"')
    assert [row["Code"].rstrip() for row in found] == ["'; --%s"]


def test_a_wrong_statement_is_permanent(lab):
    with pytest.raises(PermanentError):
        lab.execute('SELECT * FROM "no_such_table_anywhere"')


def test_an_unreachable_warehouse_is_worth_a_retry(lab, monkeypatch):
    nowhere = "someone:s3cret@127.0.0.1:1/nothing"
    uri = {"postgres": f"postgres://{nowhere}", "mssql": f"mssql://{nowhere}?login_timeout=1"}
    monkeypatch.setenv("AIRFLOW_CONN_NOWHERE", uri[lab.warehouse.dialect])
    with pytest.raises(TransientError) as caught:
        lab.with_options(connection="nowhere").staging_tables()
    assert "s3cret" not in str(caught.value)


def test_another_kind_of_connection_is_a_configuration_error(lab, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_ODD", "mysql://host/db")
    with pytest.raises(ConfigurationError, match=r"'odd' has type 'mysql'; write one of type .*postgres"):
        open_warehouse(lab.options.model_copy(update={"connection": "odd"}), 1000)


def test_a_statement_may_take_only_so_long(lab):
    lab.needs("WAITFOR")
    slow = {"postgres": "SELECT pg_sleep(30)", "mssql": "WAITFOR DELAY '00:00:30'"}[lab.warehouse.dialect]
    hasty = lab.with_options(statement_timeout=timedelta(seconds=1))
    with pytest.raises(TransientError), hasty.transaction() as session:
        session.execute(slow)


def test_the_lock_admits_one_writer_of_a_table(lab, parts):
    hasty = lab.with_options(lock_timeout=timedelta(milliseconds=300))
    name = parts.target.table.name
    with (
        lab.warehouse.lock(parts.target.table),
        pytest.raises(LockTimeout, match=name),
        hasty.lock(parts.target.table),
    ):
        pass
    with hasty.lock(parts.target.table):
        pass


def test_the_lock_of_one_table_does_not_hold_up_another(lab, parts):
    other = TableName(parts.target.table.schema, "Other")
    with (
        lab.warehouse.lock(parts.target.table),
        lab.with_options(lock_timeout=timedelta(seconds=1)).lock(other),
    ):
        pass


def test_who_waits_for_the_lock_gets_it_when_it_is_free(lab, parts):
    order = []
    held = threading.Event()

    def first():
        with lab.warehouse.lock(parts.target.table):
            held.set()
            threading.Event().wait(0.5)
            order.append("first")

    thread = threading.Thread(target=first)
    thread.start()
    assert held.wait(10)
    with lab.warehouse.lock(parts.target.table):
        order.append("second")
    thread.join()
    assert order == ["first", "second"]


def test_the_lock_is_free_after_an_error_inside(lab, parts):
    with pytest.raises(ZeroDivisionError), lab.warehouse.lock(parts.target.table):
        raise ZeroDivisionError
    with lab.with_options(lock_timeout=timedelta(seconds=1)).lock(parts.target.table):
        pass


def make_staging(lab, *names):
    for name in names:
        lab.execute(f'CREATE TABLE "{lab.options.staging_schema}"."{name}" ("Id" int)')


def test_staging_tables_are_found_by_the_exact_prefix(lab):
    make_staging(lab, "Find_me_0", "Find_me_1", "FindXme_2", "Find%me")
    assert lab.warehouse.staging_tables("Find_me_") == ["Find_me_0", "Find_me_1"]
    assert lab.warehouse.staging_tables("Find%") == ["Find%me"]
    assert set(lab.warehouse.staging_tables()) >= {"Find_me_0", "FindXme_2", "Find%me"}


def test_only_staging_tables_with_the_prefix_are_dropped(lab):
    make_staging(lab, "Drop_me_0", "Drop_me_1", "DropXme_2")
    assert lab.warehouse.drop_staging("Drop_me_") == ["Drop_me_0", "Drop_me_1"]
    assert lab.warehouse.drop_staging("Drop_me_") == []
    assert lab.warehouse.staging_tables("DropXme_") == ["DropXme_2"]


def test_names_that_differ_in_case_alone_are_one_where_the_database_says_so(lab):
    make_staging(lab, "Case_me_0")
    assert lab.warehouse.staging_tables("case_ME_") == (["Case_me_0"] if lab.warehouse.ignores_case else [])


def test_tables_of_other_schemas_are_not_staging_tables(lab, parts):
    assert lab.warehouse.staging_tables(parts.target.table.name) == []


def test_rows_are_counted(lab, parts):
    assert lab.warehouse.count(parts.target.table) == 0
    parts.sync((1, "a", "x", 1), (2, "b", "y", 1))
    assert lab.warehouse.count(parts.target.table) == 2
