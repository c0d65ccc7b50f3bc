"""The queries of every shipped table, in each database that it may live in, kept as files to review.

``DATA_SYNC_UPDATE_GOLDEN=1`` writes them again.
"""

from __future__ import annotations

import os
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
import sqlglot

from data_sync.fetchers.base import Window
from data_sync.fetchers.odbc.dialects import DIALECTS
from data_sync.fetchers.partitions import Part
from data_sync.fetchers.registry import make_fetcher
from data_sync.project import load_settings
from data_sync.settings.load import ROOT
from data_sync.settings.models import DataSource, SourceSystem

GOLDEN = Path(__file__).parent / "golden"
SETTINGS = load_settings()
TABLES = {name: source for name, source in SETTINGS.sources.items() if source.fetcher in {"jde", "cms"}}
GRAMMARS = {"oracle": "oracle", "mssql": "tsql", "postgres": "postgres", "db2": ""}
WINDOW = Window(
    datetime(2026, 11, 23, 9, 30, 5, tzinfo=timezone.utc), datetime(2026, 11, 24, tzinfo=timezone.utc)
)


def fetcher_of(source: DataSource, dialect: str, **fetch: Any) -> Any:
    system = SourceSystem(
        pool="p", connection="c", time_zone="America/Chicago", site={"dialect": dialect, "owner": "PRODDTA"}
    )
    changed = source.model_copy(update={"fetch": {**source.fetch, **fetch}})
    return make_fetcher(changed, system, ROOT / "include")


def queries(fetcher: Any) -> dict[str, str]:
    """Return the fetcher's queries; their parameters stand in a comment before them."""
    rendered = {
        "what changed in a window": fetcher.statement(WINDOW),
        "a few rows": fetcher.statement(Window(), rows=10),
    }
    texts = {}
    for title, statement in rendered.items():
        text, parameters = statement if isinstance(statement, tuple) else (statement, [])
        bound = "".join(f"-- parameter: {value}\n" for value in parameters)
        texts[title] = f"{bound}{text}"
    return texts


def test_the_shipped_sources_are_valid() -> None:
    assert SETTINGS.problems == ()
    assert len(TABLES) >= 4


@pytest.mark.parametrize("dialect", sorted(GRAMMARS))
@pytest.mark.parametrize("table", sorted(TABLES))
def test_the_queries_are_the_reviewed_ones(table: str, dialect: str) -> None:
    file = GOLDEN / dialect / f"{table}.sql"
    found = queries(fetcher_of(TABLES[table], dialect))
    text = "\n\n".join(f"-- {title}\n{query};" for title, query in found.items()) + "\n"
    if os.environ.get("DATA_SYNC_UPDATE_GOLDEN"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert file.is_file(), f"{file} is missing; write it with DATA_SYNC_UPDATE_GOLDEN=1 and review it"
    assert text == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("dialect", sorted(GRAMMARS))
@pytest.mark.parametrize("table", sorted(TABLES))
def test_the_queries_parse_in_their_databases_grammar(table: str, dialect: str) -> None:
    fetcher = fetcher_of(TABLES[table], dialect)
    for query in queries(fetcher).values():
        # What Db2 ends a query with is in no grammar at hand.
        tree = sqlglot.parse_one(query.removesuffix("FOR READ ONLY"), dialect=GRAMMARS[dialect])
        assert isinstance(tree, sqlglot.exp.Select)
        assert len(tree.expressions) == len(set(tree.named_selects))


def test_no_golden_file_outlives_its_table() -> None:
    assert {file.stem for file in GOLDEN.glob("*/*.sql")} <= TABLES.keys()


@pytest.mark.parametrize(
    ("dialect", "limited"),
    [
        ("oracle", "SELECT A,\n       B\nFROM T\nWHERE A = 1\nFETCH FIRST 5 ROWS ONLY"),
        ("mssql", "SELECT TOP (5) A,\n       B\nFROM T\nWHERE A = 1"),
        ("db2", "SELECT A,\n       B\nFROM T\nWHERE A = 1\nFETCH FIRST 5 ROWS ONLY\nFOR READ ONLY"),
        ("postgres", "SELECT A,\n       B\nFROM T\nWHERE A = 1\nLIMIT 5"),
        ("generic", "SELECT A,\n       B\nFROM T\nWHERE A = 1\nLIMIT 5"),
    ],
)
def test_row_limits(dialect: Any, limited: str) -> None:
    assert DIALECTS[dialect].select(["A", "B"], "T", ["A = 1"], rows=5) == limited


@pytest.mark.parametrize(
    ("dialect", "quoted"),
    [("oracle", '"a ]b"'), ("mssql", "[a ]]b]"), ("db2", '"a ]b"'), ("postgres", '"a ]b"')],
)
def test_only_quoted_names_are_quoted(dialect: Any, quoted: str) -> None:
    assert DIALECTS[dialect].name('"a ]b"') == quoted
    assert DIALECTS[dialect].name("ORDER#") == "ORDER#"


@pytest.mark.parametrize(
    ("dialect", "marker"),
    [
        ("oracle", "TO_TIMESTAMP(?, 'YYYY-MM-DD HH24:MI:SS.FF6')"),
        ("mssql", "CAST(? AS datetime2(6))"),
        ("db2", "CAST(? AS timestamp)"),
        ("postgres", "CAST(? AS timestamp)"),
        ("generic", "?"),
    ],
)
def test_a_windows_bound_becomes_a_date_time(dialect: str, marker: str) -> None:
    text, parameters = fetcher_of(TABLES["MisData"], dialect).statement(WINDOW)
    assert f"LAST_UPDATED >= {marker}\n  AND LAST_UPDATED < {marker}" in text
    assert parameters == ["2026-11-23 03:30:05.000000", "2026-11-23 18:00:00.000000"]


@pytest.mark.parametrize(("qualifier", "table"), [(".", "PRODDTA.F4801"), ("/", "PRODDTA/F4801")])
def test_the_qualifier_of_the_site(qualifier: str, table: str) -> None:
    system = SourceSystem(pool="p", connection="c", site={"dialect": "db2", "qualifier": qualifier})
    fetcher: Any = make_fetcher(TABLES["WorkOrder"], system, ROOT / "include")
    assert f"FROM {table}\n" in fetcher.statement(Window())


@pytest.mark.parametrize(
    ("part", "condition"),
    [
        (Part(0, None, 100), "WHERE (WADOCO < 100 OR WADOCO IS NULL)"),
        (Part(1, 100, 200), "WHERE WADOCO >= 100\n  AND WADOCO < 200"),
        (Part(2, 200, None), "WHERE WADOCO >= 200"),
        (Part(), "FROM PRODDTA.F4801"),
    ],
)
@pytest.mark.parametrize("dialect", sorted(GRAMMARS))
def test_a_part_is_a_range_of_the_key_in_every_dialect(dialect: str, part: Part, condition: str) -> None:
    fetcher = fetcher_of(TABLES["WorkOrder"], dialect, partition_by="DOCO")
    assert fetcher.statement(Window(part=part)).removesuffix("\nFOR READ ONLY").endswith(condition)
