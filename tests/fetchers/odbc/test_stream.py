"""Real queries through psqlODBC: nothing is rounded, cut or lost, and errors say what happened."""

from __future__ import annotations

import json
import os
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pyarrow as pa
import pytest
from psycopg import sql

from data_sync.errors import DataSyncError, PermanentError, SchemaMismatch, SourceUnavailable, ValueRejected
from data_sync.fetchers.base import Window
from data_sync.fetchers.registry import make_fetcher
from data_sync.settings.models import DataSource, SourceSystem

if TYPE_CHECKING:
    from demo.embedded_postgres import EmbeddedPostgres

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("odbc_source")]

START = datetime(2026, 11, 23, 9, 30, 5, tzinfo=timezone.utc)


def read(
    fetcher: str, window: Window | None = None, *, zone: str = "UTC", timeout: str = "1m", **fetch: Any
) -> pa.Table:
    source = DataSource.model_validate(
        {"table_name": "T", "source_system": "S", "fetcher": fetcher, "fetch": fetch, "keys": ["Id"],
         "daily": {"interval": "1d"}}
    )  # fmt: skip
    system = SourceSystem(
        pool="p",
        connection="fetcher_source",
        time_zone=zone,
        query_timeout=timeout,
        site={"dialect": "postgres"},
    )
    frames = make_fetcher(source, system, Path()).fetch(window or Window())
    assert isinstance(frames, pa.RecordBatchReader)
    return frames.read_all()


def test_numbers_without_a_declared_scale_keep_all_digits() -> None:
    query = "SELECT n AS id FROM (VALUES (1::numeric), (1.123456789012345), (-12345678901234567890.5)) v (n)"
    table = read("sql", query=query, columns={"Id": "ID decimal(38,15)"})
    assert table["Id"].to_pylist() == [
        Decimal("1"),
        Decimal("1.123456789012345"),
        Decimal("-12345678901234567890.5"),
    ]


def test_a_number_that_the_driver_reported_too_narrow_is_refused_not_rounded() -> None:
    query = (
        'SELECT n AS "Id" FROM (SELECT 1::numeric AS n FROM generate_series(1, 60000) UNION ALL SELECT 1.5) v'
    )
    with pytest.raises(ValueRejected, match=r"column 'Id': '1.5' does not fit decimal\(\d+,0\)"):
        read("sql", query=query)


def test_64_bit_floats_keep_their_digits() -> None:
    assert read("sql", query='SELECT 0.1234567890123::float8 AS "Id"')["Id"].to_pylist() == [0.1234567890123]


def test_every_kind_of_column() -> None:
    query = """
        SELECT 1 AS id, 'x'::char(5) AS padded, ''::varchar(5) AS blank, true AS yes,
               date '2026-02-28' AS day, timestamp '2026-07-01 12:00:00.123456' AS stamp,
               NULL::integer AS nothing, 'Ø€😀'::varchar(9) AS wide
    """
    table = read(
        "sql", query=query, zone="Europe/Berlin",
        columns={
            "Id": "id integer", "Padded": "padded text(5)", "Blank": "blank text(5)", "Yes": "YES boolean",
            "Day": "day date", "Stamp": "stamp datetime",
            "Nothing": "nothing integer", "Wide": "wide text(9)",
        },
    )  # fmt: skip
    assert table.to_pylist() == [
        {
            "Id": 1, "Padded": "x", "Blank": "", "Yes": True, "Day": date(2026, 2, 28),
            "Stamp": datetime(2026, 7, 1, 10, 0, 0, 123456, tzinfo=timezone.utc),
            "Nothing": None, "Wide": "Ø€😀",
        }
    ]  # fmt: skip
    assert table.schema.field("Wide").metadata == {b"max_length": b"9"}


def test_the_windows_bounds_arrive_in_the_sources_zone() -> None:
    query = 'SELECT 1 AS "Id", CAST(:minimum_dt AS text) AS low, CAST(:maximum_dt AS text) AS high'
    row = read("sql", Window(START), zone="America/Denver", query=query).to_pylist()[0]
    assert row == {"Id": 1, "low": "2026-11-23 02:30:05.000000", "high": None}


def test_an_odd_password_reaches_the_server(
    odbc_source: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    password = "a;b}c=d{e }};UID=x"
    with psycopg.connect(odbc_source.uri(), autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS odd")
        connection.execute(
            sql.SQL("CREATE ROLE odd LOGIN SUPERUSER PASSWORD {}").format(sql.Literal(password)),
        )
    changed = json.loads(os.environ["AIRFLOW_CONN_FETCHER_SOURCE"])
    changed |= {"login": "odd", "password": password}
    monkeypatch.setenv("AIRFLOW_CONN_FETCHER_SOURCE", json.dumps(changed))
    assert read("sql", query="SELECT 1 AS id, current_user AS name")["name"].to_pylist() == ["odd"]
    changed["password"] = "wrong"
    monkeypatch.setenv("AIRFLOW_CONN_FETCHER_SOURCE", json.dumps(changed))
    with pytest.raises(DataSyncError, match="password authentication failed"):
        read("sql", query="SELECT 1 AS id")


def test_a_text_longer_than_its_buffer_is_an_error() -> None:
    with pytest.raises(ValueRejected, match=r"raise fetch.max_text_size"):
        read("sql", query="SELECT 1 AS id, repeat('x', 100) AS t", max_text_size=64)


def test_a_declared_column_that_the_query_lacks_is_named() -> None:
    with pytest.raises(SchemaMismatch, match="columns missing; it has id"):
        read("sql", query="SELECT 1 AS id", columns={"Id": "ID integer", "Other": "missing text"})


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("SELEC 1", PermanentError),
        ("SELECT * FROM no_such_table", PermanentError),
        ("SELECT 1/0 AS id", PermanentError),
        ("SELECT pg_sleep(20) AS id", SourceUnavailable),
        ("SELECT pg_terminate_backend(pg_backend_pid()) AS id", DataSyncError),
    ],
)
def test_errors_are_sorted_by_whether_a_retry_helps(query: str, kind: type[Exception]) -> None:
    with pytest.raises(kind, match="connection 'fetcher_source'"):
        read("sql", query=query, timeout="1s")


def test_an_unreachable_source_may_be_retried_and_shows_no_password(
    odbc_source: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = json.loads(os.environ["AIRFLOW_CONN_FETCHER_SOURCE"])
    changed |= {"port": 1, "password": "s3cret"}
    monkeypatch.setenv(
        "AIRFLOW_CONN_FETCHER_SOURCE",
        json.dumps(changed),
    )
    first = (
        r"^connection .\w+.: connection to server .*\(SQLSTATE 08001, native error \d+, SQLDriverConnect\)"
    )
    with pytest.raises(SourceUnavailable, match=first) as raised:
        read("sql", query="SELECT 1 AS id")
    assert "s3cret" not in str(raised.value)


# -- JD Edwards -----------------------------------------------------------------------------------

STAMPS = [
    (0, 0),
    (126327, 93004),
    (126327, 93005),
    (126327, 235959),
    (126328, 0),
    (126329, 10000),
    (140001, 0),
]


@pytest.fixture
def f4801(odbc_source: EmbeddedPostgres) -> None:
    with psycopg.connect(odbc_source.uri()) as connection:
        connection.execute("DROP SCHEMA IF EXISTS proddta CASCADE")
        connection.execute("CREATE SCHEMA proddta")
        connection.execute(
            "CREATE TABLE proddta.f4801 "
            "(wadoco float8, wamcu char(12), wauorg numeric, waupmj numeric(6), watday numeric)"
        )
        for number, (day, seconds) in enumerate(STAMPS):
            connection.execute(
                "INSERT INTO proddta.f4801 VALUES (%s, %s, %s, %s, %s)",
                (number, "M30".rjust(12), number * 1001, day, seconds),
            )


def work_orders(window: Window | None = None, **fetch: Any) -> pa.Table:
    columns = {
        "Id": "DOCO integer",
        "Branch": "MCU text(12)",
        "Quantity": "UORG decimal(15,3)",
        "LastUpdateDT": "UPMJ+TDAY datetime",
    }
    settings = {"table": "F4801", "prefix": "WA", "cursor": ["UPMJ", "TDAY"], "columns": columns, **fetch}
    return read("jde", window, **settings)


@pytest.mark.usefixtures("f4801")
def test_a_full_read_brings_all_rows_converted() -> None:
    rows = work_orders().to_pylist()
    assert [row["Id"] for row in rows] == list(range(len(STAMPS)))
    assert rows[0]["LastUpdateDT"] is None
    assert rows[2] == {"Id": 2, "Branch": "M30", "Quantity": Decimal("2.002"), "LastUpdateDT": START}


@pytest.mark.usefixtures("f4801")
def test_a_window_begins_with_its_own_second_and_takes_the_future_too() -> None:
    assert work_orders(Window(START))["Id"].to_pylist() == [2, 3, 4, 5, 6]


@pytest.mark.usefixtures("f4801")
def test_an_upper_bound_is_left_out() -> None:
    end = datetime(2026, 11, 24, tzinfo=timezone.utc)
    assert work_orders(Window(START, end))["Id"].to_pylist() == [2, 3]
    assert work_orders(Window(START, end + timedelta(microseconds=1)))["Id"].to_pylist() == [2, 3, 4]


@pytest.mark.usefixtures("f4801")
def test_a_filter_narrows_the_read() -> None:
    assert work_orders(filter={"DOCO": [1, 5]})["Id"].to_pylist() == [1, 5]
    assert work_orders(filter={"MCU": "         M31"}).num_rows == 0
