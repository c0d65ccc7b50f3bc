"""What a cache needs done after a load, on each kind of warehouse."""

from __future__ import annotations

import pytest
import sqlglot

from data_sync.errors import ConfigurationError, PermanentError, SchemaMismatch, ValueRejected
from data_sync.post_processors import derived_table_sql as sql
from data_sync.post_processors.registry import make_post_processor
from data_sync.post_processors.statistics import render
from data_sync.project import load_settings
from data_sync.settings.update_type import UpdateType
from data_sync.warehouse.interface import TableName
from demo import activity

OPEN_ORDERS = {"table": "OpenWorkOrder", "keys": ["OrderNumber"], "file": "open.sql"}


def with_processor(source, name, settings=None):
    return source.model_copy(update={"post_processor": name, "post_process": settings or {}})


@pytest.fixture
def open_orders(shop, tmp_path, monkeypatch):
    """The shipped query, which here reads from the shop's own schema; WorkOrder, which it follows."""
    schema = shop.settings.options.warehouse.target_schema
    shipped = (load_settings().include / "sql" / "open_work_orders.sql").read_text(encoding="utf-8")
    (tmp_path / "open.sql").write_text(shipped.replace('"dbo"', f'"{schema}"'), encoding="utf-8")
    object.__setattr__(shop.settings, "include", tmp_path)
    return with_processor(shop.source("WorkOrder"), "derived_table", OPEN_ORDERS)


def held(shop, where="1 = 1"):
    schema = shop.settings.options.warehouse.target_schema
    return shop.scalar(f'SELECT COUNT(*) AS found FROM "{schema}"."OpenWorkOrder" WHERE {where}')


def wanted(shop):
    schema = shop.settings.options.warehouse.target_schema
    return shop.scalar(
        f'SELECT COUNT(*) AS found FROM "{schema}"."WorkOrder" '
        'WHERE "CompletionDate" IS NULL AND "QuantityOrdered" > "QuantityShipped"'
    )


def test_a_derived_table_is_created_and_follows_its_query(shop, open_orders):
    shop.run(open_orders, UpdateType.MASS)
    before = held(shop)
    assert before == wanted(shop) > 0
    activity.play(shop.server, 3)
    shop.run(open_orders, UpdateType.HOURLY)
    assert held(shop) == wanted(shop) == before + 40


def test_it_may_run_twice_and_leaves_nothing_in_staging(shop, open_orders):
    shop.run(open_orders, UpdateType.MASS)
    sync, task = shop.sync_of(open_orders), shop.update(open_orders, UpdateType.HOURLY)
    sync.post_process(task)
    schema = shop.settings.options.warehouse.target_schema
    with sync.warehouse.transaction() as session:
        session.execute(f'DELETE FROM "{schema}"."OpenWorkOrder"')
    sync.post_process(task)
    assert held(shop) == wanted(shop)
    assert sync.warehouse.staging_tables() == []


def create_open_orders(shop, columns):
    """Create the derived table, with these columns besides the key and the branch, and its WorkOrder."""
    schema = shop.settings.options.warehouse.target_schema
    shop.run(shop.source("WorkOrder"), UpdateType.MASS)
    with shop.sync_of(shop.source("WorkOrder")).warehouse.transaction() as session:
        session.execute(
            f'CREATE TABLE "{schema}"."OpenWorkOrder" ("OrderNumber" bigint NOT NULL PRIMARY KEY, '
            f'"Branch" varchar(12){columns})'
        )


def test_it_keeps_an_existing_table_with_its_types_and_indexes(shop, open_orders):
    create_open_orders(
        shop,
        ', "ItemNumber" varchar(25), "Description" varchar(60), "Status" varchar(2), '
        '"RequestedDate" date, "QuantityOpen" decimal(18, 5), "Note" varchar(20)',
    )
    schema = shop.settings.options.warehouse.target_schema
    sync = shop.sync_of(open_orders)
    with sync.warehouse.transaction() as session:
        session.execute(f'CREATE INDEX "ByBranch" ON "{schema}"."OpenWorkOrder" ("Branch")')
    sync.post_process(shop.update(open_orders, UpdateType.MASS))
    assert held(shop) == wanted(shop)
    assert held(shop, '"Note" IS NULL') == held(shop)
    types = {
        column.name: column.sql_type for column in sync.warehouse.columns(TableName(schema, "OpenWorkOrder"))
    }
    assert types["QuantityOpen"].replace(" ", "") in {"numeric(18,5)", "decimal(18,5)"}


def test_a_query_whose_columns_the_table_lacks_is_refused(shop, open_orders):
    create_open_orders(shop, "")
    with pytest.raises(SchemaMismatch, match=r"(?i)'ItemNumber' is missing from the table"):
        shop.sync_of(open_orders).post_process(shop.update(open_orders, UpdateType.MASS))
    assert held(shop) == 0


def test_a_query_may_spell_its_columns_as_the_database_allows(shop, open_orders, tmp_path):
    query = tmp_path / "open.sql"
    wrong = '"orderNUMBER"' if shop.sync_of(open_orders).warehouse.ignores_case else '"OrderNumber"'
    query.write_text(
        query.read_text(encoding="utf-8").replace('"OrderNumber", ', f"{wrong}, "), encoding="utf-8"
    )
    for kind in (UpdateType.MASS, UpdateType.HOURLY):
        shop.run(open_orders, kind)
        assert held(shop, '"OrderNumber" IS NOT NULL') == wanted(shop) > 0


def test_a_query_that_repeats_a_key_is_refused_and_changes_nothing(shop, open_orders):
    shop.run(open_orders, UpdateType.MASS)
    before = held(shop)
    wrong = with_processor(open_orders, "derived_table", {**OPEN_ORDERS, "keys": ["Branch"]})
    with pytest.raises(
        ValueRejected, match=r"the key \(Branch\) more than once .*mend the query or the keys"
    ):
        shop.sync_of(wrong).post_process(shop.update(wrong, UpdateType.MASS))
    assert held(shop) == before


def test_a_key_without_a_value_is_refused(shop, open_orders, tmp_path):
    (tmp_path / "open.sql").write_text('SELECT CAST(NULL AS integer) AS "OrderNumber"', encoding="utf-8")
    with pytest.raises(ValueRejected, match="gives 1 values of the key"):
        shop.sync_of(open_orders).post_process(shop.update(open_orders, UpdateType.MASS))


def test_a_result_column_without_a_size_asks_for_a_type(shop, open_orders, tmp_path):
    if shop.sync_of(open_orders).warehouse.dialect == "mssql":
        pytest.skip("every decimal of SQL Server has a size")
    (tmp_path / "open.sql").write_text('SELECT 1 AS "OrderNumber", SUM(2.5) AS "Total"', encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"'Total' .*CAST"):
        shop.sync_of(open_orders).post_process(shop.update(open_orders, UpdateType.MASS))


def test_statistics_are_updated_after_the_types_that_ask_for_it(shop):
    source = with_processor(shop.source("LotUsage"), "statistics", {"after": ["Mass"], "sample_percent": 100})
    shop.run(source, UpdateType.MASS)
    sync = shop.sync_of(source)
    if sync.warehouse.dialect == "mssql":
        needs_statistics(sync)
        query = (
            "SELECT COUNT(*) AS found FROM sys.stats AS s "
            "CROSS APPLY sys.dm_db_stats_properties(s.object_id, s.stats_id) AS p "
            f"WHERE s.object_id = OBJECT_ID('{quoted(sync.target.table)}') AND p.rows > 0"
        )
        assert shop.scalar(query) > 0
        return
    query = (
        f"SELECT reltuples::bigint AS found FROM pg_class WHERE oid = '{quoted(sync.target.table)}'::regclass"
    )
    rows = sync.warehouse.count(sync.target.table)
    assert shop.scalar(query) == rows
    with sync.warehouse.transaction() as session:
        session.execute(f"DELETE FROM {quoted(sync.target.table)}")
    sync.post_process(shop.update(source, UpdateType.HOURLY))
    assert shop.scalar(query) == rows
    sync.post_process(shop.update(source, UpdateType.MASS))
    assert shop.scalar(query) == 0


def needs_statistics(sync):
    """Skip the test when the endpoint lacks the statement or the view that tells of it."""
    try:
        with sync.warehouse.transaction() as session:
            session.execute(f"UPDATE STATISTICS {quoted(sync.target.table)}")
            session.rows("SELECT p.rows FROM sys.dm_db_stats_properties(OBJECT_ID('sys.objects'), 1) AS p")
    except PermanentError as error:
        pytest.skip(f"the endpoint has no UPDATE STATISTICS: {error}")


def test_a_server_that_refuses_costs_the_statistics_and_not_the_update(shop, caplog):
    source = with_processor(shop.source("WorkCenter"), "statistics", {"after": ["Mass"]})
    shop.run(source, UpdateType.MASS)
    sync = shop.sync_of(source)
    with sync.warehouse.transaction() as session:
        session.execute(f"DROP TABLE {quoted(sync.target.table)}")
    sync.post_process(shop.update(source, UpdateType.MASS))
    assert "keeps its old statistics" in caplog.text


def quoted(table):
    return f'"{table.schema}"."{table.name}"'


@pytest.mark.parametrize("dialect", ["postgres", "tsql"])
def test_the_statements_of_a_derived_table_are_sql_of_either_database(dialect):
    query = (load_settings().include / "sql" / "open_work_orders.sql").read_text(encoding="utf-8")
    staging = TableName("staging", 'Odd "name"')
    for statement in (
        sql.create_staging(query, staging),
        sql.fill_staging(query, staging),
        sql.count_wrong_keys(staging, ("OrderNumber", "Branch")),
    ):
        (parsed,) = sqlglot.parse(statement, dialect=dialect)
        assert 'Odd "name"' in {table.name for table in parsed.find_all(sqlglot.exp.Table)}


@pytest.mark.parametrize(
    ("percent", "statement"),
    [
        (None, "UPDATE STATISTICS [dbo].[Lot]"),
        (25, "UPDATE STATISTICS [dbo].[Lot] WITH SAMPLE 25 PERCENT"),
        (100, "UPDATE STATISTICS [dbo].[Lot] WITH FULLSCAN"),
    ],
)
def test_sql_server_reads_the_share_of_rows_that_is_asked_for(percent, statement):
    assert render("mssql", TableName("dbo", "Lot"), percent) == statement


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("derived_table", {**OPEN_ORDERS, "file": "missing.sql"}, r"there is no .*missing\.sql"),
        (
            "derived_table",
            {**OPEN_ORDERS, "table": "Item", "file": "sql/open_work_orders.sql"},
            "loaded table itself",
        ),
        ("derived_table", {**OPEN_ORDERS, "keys": []}, "keys"),
        ("statistics", {"after": ["Monthly"]}, "after"),
        ("statistics", {"sample_percent": 0}, "sample_percent"),
        ("statistic", {}, "did you mean 'statistics'"),
    ],
)
def test_settings_that_do_not_fit_are_found_before_deployment(name, settings, message):
    loaded = load_settings()
    with pytest.raises((ConfigurationError, ValueError), match=message):
        make_post_processor(with_processor(loaded.sources["Item"], name, settings), loaded.include)
