"""All thirteen tables, read through ODBC into a warehouse, and kept in step with the ERP."""

from __future__ import annotations

import psycopg
import pytest

from data_sync.project import load_settings
from data_sync.settings.update_type import UpdateType
from demo import activity
from demo.compare import DATABASES, EXPECTED, compare

TABLES = sorted(load_settings().sources)

# Child columns, and the parent's columns that hold their values.
JOINS = [
    ("WorkOrder(ShortItemNumber)", "Item(ShortItemNumber)"),
    ("WorkOrder(Branch, ShortItemNumber)", "ItemBranch(Branch, ShortItemNumber)"),
    ("WorkOrder(LotNumber, ShortItemNumber, Branch)", "Lot(LotNumber, ShortItemNumber, Branch)"),
    ("WorkOrder(BusinessUnit)", "BusinessUnit(BusinessUnit)"),
    ("WorkOrder(AddressNumber)", "AddressBook(AddressNumber)"),
    ("WorkOrderPartsList(OrderNumber)", "WorkOrder(OrderNumber)"),
    (
        "WorkOrderPartsList(OrderNumber, OperationSequence)",
        "WorkOrderRouting(OrderNumber, OperationSequence)",
    ),
    ("WorkOrderPartsList(ComponentBranch, ShortItemNumber)", "ItemBranch(Branch, ShortItemNumber)"),
    ("WorkOrderPartsList(LotNumber, ShortItemNumber)", "Lot(LotNumber, ShortItemNumber)"),
    ("WorkOrderRouting(OrderNumber)", "WorkOrder(OrderNumber)"),
    ("WorkOrderRouting(Branch, WorkCenter)", "WorkCenter(Branch, WorkCenter)"),
    ("WorkOrderRouting(Supplier)", "AddressBook(AddressNumber)"),
    ("LotUsage(OrderNumber)", "WorkOrder(OrderNumber)"),
    ("LotUsage(LotNumber, ShortItemNumber, Branch)", "Lot(LotNumber, ShortItemNumber, Branch)"),
    ("LotUsage(Branch, ShortItemNumber)", "ItemBranch(Branch, ShortItemNumber)"),
    ("Lot(OrderNumber)", "WorkOrder(OrderNumber)"),
    ("Lot(Branch, ShortItemNumber)", "ItemBranch(Branch, ShortItemNumber)"),
    ("Item(Buyer)", "AddressBook(AddressNumber)"),
    ("ItemBranch(ShortItemNumber)", "Item(ShortItemNumber)"),
    ("ItemBranch(Branch)", "BusinessUnit(BusinessUnit)"),
    ("ItemBranch(Supplier)", "AddressBook(AddressNumber)"),
    ("RouteMaster(Branch, ShortItemNumber)", "ItemBranch(Branch, ShortItemNumber)"),
    ("RouteMaster(WorkCenterBranch, WorkCenter)", "WorkCenter(Branch, WorkCenter)"),
    ("WorkCenter(WorkCenter)", "BusinessUnit(BusinessUnit)"),
    ("BusinessUnit(AddressNumber)", "AddressBook(AddressNumber)"),
    ("AddressBook(BusinessUnit)", "BusinessUnit(BusinessUnit)"),
    ("AddressBook(ParentNumber)", "AddressBook(AddressNumber)"),
    ("MisData(ItemNumber)", "Item(ItemNumber)"),
    ("MisData(Branch)", "BusinessUnit(BusinessUnit)"),
]
CODES = [
    ("WorkOrder(UnitOfMeasure)", "00", "UM"),
    ("WorkOrder(Status)", "00", "SS"),
    ("BusinessUnit(BusinessUnitType)", "00", "MC"),
    ("AddressBook(SearchType)", "01", "ST"),
    ("Item(StockingType)", "41", "I"),
    ("Item(GlClass)", "41", "9"),
    ("Item(SalesCategory)", "41", "S1"),
    ("WorkOrderRouting(OperationStatus)", "31", "OS"),
]


@pytest.mark.integration
@pytest.mark.parametrize("table", TABLES)
def test_the_columns_fit_the_sample_database_and_every_row_arrives_in_the_spool(table, odbc, tmp_path):
    from data_sync.fetchers.base import Window
    from data_sync.fetchers.registry import make_fetcher
    from data_sync.loading.spool import Spool

    settings = load_settings()
    source = settings.sources[table]
    system = settings.options.source_systems[source.source_system]
    fetcher = make_fetcher(source, system, settings.include)
    spool = Spool(str(tmp_path / "spool"), batch_size=1000)
    batches = spool.write(table, "0123456789abcdef", 1, fetcher.fetch(Window()))
    owner = source.fetch.get("owner", system.site.get("owner", "PRODDTA"))
    name = source.fetch["table"] if source.source_system == "CMS" else f"{owner}.{source.fetch['table']}"
    with psycopg.connect(odbc.uri(DATABASES[source.source_system])) as jde:
        (rows,) = jde.execute(f"SELECT count(*) FROM {name}").fetchone()
    assert rows > 0
    assert sum(spool.read(batch).read_all().num_rows for batch in batches) == rows


@pytest.mark.parametrize("table", TABLES)
def test_there_is_an_independent_statement_of_what_each_table_holds(table):
    text = (EXPECTED / f"{table}.sql").read_text(encoding="utf-8")
    assert [name for name in load_settings().sources[table].keys if f'"{name}"' not in text] == []


def test_all_tables_follow_the_erp_exactly(shop):
    for source in shop.settings.sources.values():
        shop.run(source, UpdateType.MASS)
    assert differences(shop) == []
    activity.play(shop.server, 1)
    assert {table for table, _ in differences(shop)} == set(TABLES), "activity that changes nothing"
    for source in shop.settings.sources.values():
        kind = UpdateType.HOURLY if source.hourly else UpdateType.DAILY
        counts = shop.run(source, kind)
        assert counts.inserted + counts.updated > 0
    assert differences(shop) == []
    assert [problem for join in JOINS if (problem := broken_join(shop, *join))] == []
    assert [problem for code in CODES if (problem := broken_code(shop, *code))] == []


def differences(shop):
    """Return the tables that differ from their source, and how."""
    found = [
        (source.table_name, compare(shop.server, shop.settings, source))
        for source in shop.settings.sources.values()
    ]
    return [(table, str(comparison)) for table, comparison in found if not comparison.equal]


def parsed(reference):
    table, _, columns = reference.rstrip(")").partition("(")
    return table, columns.split(", ")


def broken_join(shop, child, parent, where="1 = 1"):
    """Return what is wrong with a join: rows of the child without a parent, or no row that joins at all."""
    schema = shop.settings.options.warehouse.target_schema
    (child_table, child_columns), (parent_table, parent_columns) = parsed(child), parsed(parent)
    present = " AND ".join(f'c."{name}" IS NOT NULL' for name in child_columns)
    same = " AND ".join(
        f'p."{theirs}" = c."{own}"' for own, theirs in zip(child_columns, parent_columns, strict=True)
    )
    rows = f'FROM "{schema}"."{child_table}" AS c WHERE {present}'
    lonely = f'NOT EXISTS (SELECT 1 FROM "{schema}"."{parent_table}" AS p WHERE {same} AND {where})'
    total = shop.scalar(f"SELECT COUNT(*) AS found {rows}")
    missing = shop.scalar(f"SELECT COUNT(*) AS found {rows} AND {lonely}")
    return f"{child}: {missing} of {total} rows have no {parent}" if missing or not total else None


def broken_code(shop, child, product, kind):
    where = f"p.\"ProductCode\" = '{product}' AND p.\"CodeType\" = '{kind}'"
    return broken_join(shop, child, "UserDefinedCode(Code)", where)
