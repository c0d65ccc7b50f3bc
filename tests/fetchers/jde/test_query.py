"""The query of a JD Edwards table, in each database it may live in."""

from __future__ import annotations

from datetime import datetime, timezone
from zoneinfo import ZoneInfo

import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st

from data_sync.fetchers.base import Window
from data_sync.fetchers.jde.query import JdeQuery, cyyddd, hhmmss
from data_sync.fetchers.odbc.dialects import DIALECTS, DialectName, literal

UTC = ZoneInfo("UTC")
START = datetime(2026, 11, 23, 9, 30, 5, tzinfo=timezone.utc)
END = datetime(2026, 11, 24, tzinfo=timezone.utc)
QUERY = JdeQuery("PRODDTA.F4801", "WA", ("DOCO", "UPMJ", "TDAY"), ("UPMJ", "TDAY"), {})
SELECT = "SELECT WADOCO,\n       WAUPMJ,\n       WATDAY\nFROM PRODDTA.F4801"
LOWER = "(WAUPMJ > 126327 OR (WAUPMJ = 126327 AND WATDAY >= 93005))"
UPPER = "(WAUPMJ < 126328 OR (WAUPMJ = 126328 AND WATDAY < 0))"


@pytest.mark.parametrize("dialect", ["oracle", "mssql", "postgres"])
def test_golden_queries(dialect: DialectName) -> None:
    assert QUERY.render(Window(), UTC, DIALECTS[dialect]) == SELECT
    assert QUERY.render(Window(START), UTC, DIALECTS[dialect]) == f"{SELECT}\nWHERE {LOWER}"
    assert (
        QUERY.render(Window(START, END), UTC, DIALECTS[dialect]) == f"{SELECT}\nWHERE {LOWER}\n  AND {UPPER}"
    )


def test_db2_is_told_that_nothing_will_be_updated() -> None:
    assert QUERY.render(Window(START), UTC, DIALECTS["db2"]) == f"{SELECT}\nWHERE {LOWER}\nFOR READ ONLY"


@pytest.mark.parametrize(
    ("dialect", "grammar"), [("oracle", "oracle"), ("mssql", "tsql"), ("postgres", "postgres")]
)
def test_the_query_is_valid_sql(dialect: DialectName, grammar: str) -> None:
    query = JdeQuery(
        "PRODDTA.F4801", "WA", ("DOCO",), ("UPMJ", "TDAY"), {"DCTO": ("WO", "W'"), "MCU": "  M30"}
    )
    tree = sqlglot.parse_one(query.render(Window(START, END), UTC, DIALECTS[dialect]), dialect=grammar)
    values = {found.this for found in tree.find_all(sqlglot.exp.Literal)}
    assert {"WO", "W'", "  M30", "126327", "93005"} <= values


def test_the_cursor_is_in_the_sources_own_time() -> None:
    assert "WAUPMJ = 126327 AND WATDAY >= 23005" in QUERY.render(
        Window(START), ZoneInfo("America/Denver"), DIALECTS["oracle"]
    )


@given(st.text(max_size=30))
def test_a_literal_reads_back_as_its_value(value: str) -> None:
    assert sqlglot.parse_one(literal(value), dialect="oracle").this == value


@given(
    st.datetimes(datetime(1900, 1, 1), datetime(2099, 12, 31)),
    st.datetimes(datetime(1900, 1, 1), datetime(2099, 12, 31)),
)
def test_stamps_order_as_the_instants_do(one: datetime, other: datetime) -> None:
    one, other = one.replace(microsecond=0), other.replace(microsecond=0)
    assert ((cyyddd(one), hhmmss(one)) < (cyyddd(other), hhmmss(other))) == (one < other)
