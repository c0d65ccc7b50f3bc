"""The same fetches through each ODBC driver: psqlODBC, and SQLite's, which types nothing strictly."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from data_sync.errors import PermanentError, ValueRejected
from data_sync.fetchers.base import Window

pytestmark = pytest.mark.integration

START = datetime(2026, 11, 23, 9, 30, 5, tzinfo=timezone.utc)

# -- the CMS: plain columns, one timestamp ------------------------------------------------------------

MISDATA: dict[str, Any] = {
    "table": "MISDATA",
    "cursor": "LAST_UPDATED",
    "columns": {
        "Id": "ID integer",
        "Name": "NAME text(30)",
        "Padded": "PADDED text(12)",
        "Limit": "UPPER_LIMIT decimal(15,3)",
        "Day": "DAY date",
        "Odd": '"Order No" integer',
        "LastUpdateDT": "LAST_UPDATED datetime",
    },
}


@pytest.fixture
def misdata(driver_source: Any) -> Any:
    driver_source.run(
        "CREATE TABLE MISDATA (ID integer, NAME varchar(30), PADDED char(12), UPPER_LIMIT numeric(15,3), "
        'DAY date, "Order No" integer, LAST_UPDATED timestamp)'
    )
    rows = [
        (1, "Ø€😀", "x", "12.345", "2026-02-28", 7, "2026-11-23 02:30:04.999999"),
        (2, "", None, "-0.001", None, 8, "2026-11-23 02:30:05.000000"),
        (3, "it's", "  y", "999999999999.125", "2400-12-31", None, "2026-11-23 03:00:00.123456"),
        (4, None, None, None, None, None, None),
    ]
    for row in rows:
        driver_source.run("INSERT INTO MISDATA VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    return driver_source


def test_every_value_of_a_plain_table_arrives(misdata: Any) -> None:
    table = misdata.read("cms", zone="America/Denver", **MISDATA)
    third = {row["Id"]: row for row in table.to_pylist()}[3]
    assert third == {
        "Id": 3, "Name": "it's", "Padded": "  y", "Limit": Decimal("999999999999.125"),
        "Day": date(2400, 12, 31), "Odd": None,
        "LastUpdateDT": datetime(2026, 11, 23, 10, 0, 0, 123456, tzinfo=timezone.utc),
    }  # fmt: skip
    assert dict(zip(table["Id"].to_pylist(), table["Name"].to_pylist(), strict=True)) == {
        1: "Ø€😀", 2: "", 3: "it's", 4: None,
    }  # fmt: skip


def test_the_window_on_a_timestamp_holds_its_start_and_not_its_end(misdata: Any) -> None:
    def ids(window: Window) -> list[int]:
        return sorted(misdata.read("cms", window, zone="America/Denver", **MISDATA)["Id"].to_pylist())

    assert ids(Window()) == [1, 2, 3, 4]
    assert ids(Window(START)) == [2, 3]
    assert ids(Window(START, START + timedelta(minutes=29))) == [2]
    assert ids(Window(START, START)) == []


def test_a_timestamp_kept_as_text_is_compared_as_text(driver_source: Any) -> None:
    driver_source.run("CREATE TABLE LOG (ID integer, CHANGED varchar(14))")
    for number, changed in enumerate(["20261123093004", "20261123093005"]):
        driver_source.run("INSERT INTO LOG VALUES (?, ?)", (number, changed))
    settings = {
        "table": "LOG",
        "cursor": "CHANGED",
        "format": "%Y%m%d%H%M%S",
        "columns": {"Id": "ID integer", "Changed": "CHANGED text(14)"},
    }
    assert driver_source.read("cms", Window(START), **settings)["Id"].to_pylist() == [1]


def test_a_value_that_does_not_fit_is_an_error_and_never_cut(misdata: Any) -> None:
    misdata.run("UPDATE MISDATA SET NAME = ? WHERE ID = 3", ("é" * 30,))
    assert misdata.read("cms", **MISDATA).num_rows == 4
    shorter = {**MISDATA, "columns": {**MISDATA["columns"], "Name": "NAME text(29)"}}
    with pytest.raises(ValueRejected, match=r"'Name': .* has 30 characters, more than text\(29\)"):
        misdata.read("cms", **shorter)
    misdata.run("CREATE TABLE WIDE (ID integer, NAME text)")
    misdata.run("INSERT INTO WIDE VALUES (1, ?)", ("x" * 200,))
    wide = {"table": "WIDE", "columns": {"Id": "ID integer", "Name": "NAME text(20)"}}
    with pytest.raises(ValueRejected, match="longer"):
        misdata.read("cms", **wide)


def test_what_the_database_refuses_is_permanent(driver_source: Any) -> None:
    with pytest.raises(PermanentError, match=r"(?s)connection 'driver_source'.*no_such_table"):
        driver_source.read("sql", query="SELECT * FROM no_such_table")


def test_a_query_of_ones_own_gets_the_windows_start(misdata: Any) -> None:
    bound = "CAST(:minimum_dt AS timestamp)" if misdata.dialect == "postgres" else ":minimum_dt"
    query = f"SELECT ID FROM {misdata.owner}.MISDATA WHERE LAST_UPDATED >= {bound}"
    table = misdata.read(
        "sql", Window(START), zone="America/Denver", query=query, columns={"Id": "ID integer"}
    )
    assert sorted(table["Id"].to_pylist()) == [2, 3]


@pytest.mark.parametrize("end", ["-- all of them", ";", ";\n-- done\n"])
def test_a_query_may_end_in_a_comment_or_a_semicolon(driver_source: Any, end: str) -> None:
    assert driver_source.read("sql", query=f"SELECT 1 AS id {end}")["id"].to_pylist() == [1]


def test_many_batches_arrive_in_full(driver_source: Any) -> None:
    numbers = "WITH RECURSIVE n (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < 60000)"
    table = driver_source.read("sql", query=f"{numbers} SELECT id FROM n", columns={"Id": "id integer"})
    assert sum(table["Id"].to_pylist()) == 60_000 * 60_001 // 2


# -- JD Edwards ---------------------------------------------------------------------------------------

F4801: dict[str, Any] = {
    "table": "F4801",
    "prefix": "WA",
    "cursor": ["UPMJ", "TDAY"],
    "columns": {
        "Id": "DOCO integer",
        "Branch": "MCU text(12) right",
        "Quantity": "UORG decimal(15,3)",
        "Start": "STRT date clear",
        "LastUpdateDT": "UPMJ+TDAY datetime",
    },
}


@pytest.fixture
def f4801(driver_source: Any) -> Any:
    driver_source.run(
        "CREATE TABLE F4801 (WADOCO double precision, WAMCU char(12), WAUORG numeric(15), "
        "WASTRT varchar(6), WAUPMJ numeric(6), WATDAY numeric(6))"
    )
    stamps = [(0, 0), (126327, 93004), (126327, 93005), (126328, 0), (140001, 0)]
    starts = ["126001", "0", "      ", "12A001", "126366"]
    for number, ((day, time), start) in enumerate(zip(stamps, starts, strict=True)):
        branch = ("M30" if number % 2 else "M31").rjust(12)
        driver_source.run(
            "INSERT INTO F4801 VALUES (?, ?, ?, ?, ?, ?)",
            (float(number), branch, number * 123_456_789_012, start, day, time),
        )
    return driver_source


def test_a_jde_table_arrives_converted(f4801: Any) -> None:
    rows = f4801.read("jde", **F4801).to_pylist()
    assert [row["Id"] for row in rows] == [0, 1, 2, 3, 4]
    assert [row["Start"] for row in rows] == [date(2026, 1, 1), None, None, None, None]
    assert rows[2] == {
        "Id": 2, "Branch": "M31", "Quantity": Decimal("246913578.024"), "Start": None, "LastUpdateDT": START,
    }  # fmt: skip


def test_a_jde_window_holds_its_start_and_stamps_of_the_future(f4801: Any) -> None:
    assert f4801.read("jde", Window(START), **F4801)["Id"].to_pylist() == [2, 3, 4]
    end = START + timedelta(hours=1)
    assert f4801.read("jde", Window(START, end), **F4801)["Id"].to_pylist() == [2]


def test_a_filter_on_right_justified_text_is_written_without_its_padding(f4801: Any) -> None:
    assert f4801.read("jde", **F4801, filter={"MCU": "M30"})["Id"].to_pylist() == [1, 3]


def test_a_preview_shows_a_few_rows(f4801: Any) -> None:
    assert f4801.fetcher("jde", **F4801).preview(2).read_all().num_rows == 2


# -- parts --------------------------------------------------------------------------------------------


def test_parts_together_bring_every_row_once(f4801: Any) -> None:
    fetcher = f4801.fetcher("jde", **F4801, partition_by="DOCO", partitions=3)
    parts = fetcher.parts(Window())
    assert [(part.low, part.high) for part in parts] == [(None, 1), (1, 3), (3, None)]
    found = [fetcher.fetch(Window(part=part)).read_all()["Id"].to_pylist() for part in parts]
    assert found == [[0], [1, 2], [3, 4]]


def test_parts_divide_the_window_and_not_the_table(f4801: Any) -> None:
    fetcher = f4801.fetcher("jde", **F4801, partition_by="DOCO", partitions=2)
    assert [(part.low, part.high) for part in fetcher.parts(Window(START))] == [(None, 3), (3, None)]


def test_rows_without_a_key_belong_to_the_first_part(misdata: Any) -> None:
    fetcher = misdata.fetcher("cms", **MISDATA, partition_by='"Order No"', partitions=2)
    parts = fetcher.parts(Window())
    found = [sorted(fetcher.fetch(Window(part=part)).read_all()["Id"].to_pylist()) for part in parts]
    assert found == [[1, 3, 4], [2]]


def test_an_empty_read_has_one_part(f4801: Any) -> None:
    fetcher = f4801.fetcher("jde", **F4801, filter={"DOCO": 99}, partition_by="DOCO")
    (part,) = fetcher.parts(Window())
    assert fetcher.fetch(Window(part=part)).read_all().num_rows == 0


def test_a_key_that_is_no_whole_number_cannot_divide(misdata: Any) -> None:
    fetcher = misdata.fetcher("cms", **MISDATA, partition_by="NAME")
    with pytest.raises(ValueRejected, match=r"'NAME': .* is not a whole number"):
        fetcher.parts(Window())
