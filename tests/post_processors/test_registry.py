"""Post-processors are found by name, constructed while DAGs are parsed, and say what is wrong with them."""

from __future__ import annotations

import pytest

from data_sync.errors import ConfigurationError
from data_sync.post_processors.base import PostProcessor
from data_sync.post_processors.registry import make_post_processor
from data_sync.post_processors.sql_file import SqlFilePostProcessor, split_batches

MODULE = '''
from data_sync.post_processors.base import PostProcessor, PostProcessSettings


class CountSettings(PostProcessSettings):
    into: str
    limit: int = 10


class CountRows(PostProcessor):
    """Writes the number of rows into a table of the site's own."""

    Settings = CountSettings

    def process(self, warehouse, target, update):
        rows = warehouse.count(target.table)
        with warehouse.transaction() as session:
            session.execute(
                f"INSERT INTO {self.settings.into} VALUES (%(table)s, %(rows)s, %(operation)s)",
                {"table": target.table.name, "rows": rows, "operation": update.operation_id},
            )


class Unfinished(PostProcessor):
    pass
'''


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A module as a site would write it, importable as ``site_post``."""
    (tmp_path / "site_post.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))


def test_a_source_without_one_has_none(source, tmp_path):
    assert make_post_processor(source(None), tmp_path) is None


def test_sql_is_the_built_in_one(script):
    assert type(script("SELECT 1")) is SqlFilePostProcessor


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("sq", {}, "post_processor: 'sq' is not known; did you mean 'sql'?"),
        ("no.such.Thing", {}, "post_processor: 'no.such.Thing' cannot be imported: ModuleNotFoundError"),
        ("site_post.Nothing", {}, "post_processor: 'site_post.Nothing' cannot be imported: AttributeError"),
        ("site_post.CountSettings", {}, "is not a subclass of data_sync.post_processors.base.PostProcessor"),
        ("site_post.CountRows", {}, "post_process.into: is missing; write it"),
        ("site_post.CountRows", {"into": "t", "limti": 1}, "post_process.limti: .*did you mean 'limit'?"),
        ("site_post.CountRows", {"into": "t", "limit": "few"}, "post_process.limit: .*, not 'few'"),
        ("sql", {}, "post_process.file: is missing; write it"),
        ("sql", {"file": ""}, "post_process.file: "),
        (
            "sql",
            {"file": "no/such.sql"},
            "post_process.file: there is no .*no/such.sql; write the name of",
        ),
        (
            "sql",
            {"file": "."},
            "there is no .*; write .* SQL file, relative to include/",
        ),
        ("sql", {"file": "no/{dialect}.sql"}, "there is no .*no/mssql.sql"),
    ],
)
def test_what_is_wrong_is_named(site, source, tmp_path, name, settings, message):
    with pytest.raises(ConfigurationError, match=message):
        make_post_processor(source(name, **settings), tmp_path)


def test_a_class_without_process_cannot_be_used(site, source, tmp_path):
    with pytest.raises(TypeError, match="process"):
        make_post_processor(source("site_post.Unfinished"), tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no statement"),
        ("\nGO\n  go  \n", "holds no statement"),
        ("SELECT :tabel_name", "':tabel_name' is not a known value; did you mean ':table_name'?"),
        ("SELECT ?", r"bare '\?'"),
        (b"\xff\xfe\x00", "cannot be read: is not UTF-8 text"),
    ],
)
def test_a_file_that_cannot_run_is_found_when_it_is_named(script, text, message):
    with pytest.raises(ConfigurationError, match=rf"after.sql:? .*{message}"):
        script(text)


def test_a_site_with_one_kind_of_warehouse_writes_one_file(script):
    assert script("SELECT 1", name="after.postgres.sql", file="after.{dialect}.sql")


@pytest.mark.parametrize(
    ("script_text", "statements"),
    [
        ("A", ["A"]),
        ("A;\nB", ["A;\nB"]),
        ("A\nGO\nB\n", ["A", "B"]),
        ("A\n  go \r\n\nGO\nB", ["A", "B"]),
        ("SELECT 'GO'\nGO", ["SELECT 'GO'"]),
        ("GOTO x", ["GOTO x"]),
    ],
)
def test_lines_of_go_separate_statements(script_text, statements):
    assert split_batches(script_text) == statements


def test_a_class_of_ones_own_works_on_the_loaded_table(site, source, tmp_path, lab, update):
    target = lab.table({"Id": "int"})
    counts = lab.table({"Table": "text10", "Rows": "int", "Operation": "text"}, keys=("Table",))
    into = f'"{counts.table.schema}"."{counts.table.name}"'
    lab.execute(f'INSERT INTO "{target.table.schema}"."{target.table.name}" VALUES (1), (2)')
    processor = make_post_processor(source("site_post.CountRows", into=into), tmp_path)
    assert isinstance(processor, PostProcessor)
    processor.process(lab.warehouse, target, update)
    assert lab.rows(counts) == [
        {"Table": target.table.name, "Rows": 2, "Operation": update.operation_id},
    ]
