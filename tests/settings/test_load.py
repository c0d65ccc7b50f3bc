"""How settings are read: layout, defaults, overrides, and that one mistake costs one table."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from data_sync.errors import ConfigurationError
from data_sync.project import load_settings
from data_sync.settings.load import ROOT

GOOD = """
- table_name: {name}
  source_system: JDE
  fetcher: site_fetchers.Orders
  keys: [Id]
  hourly: {{interval: 1h}}
"""


def entries(*names):
    return "data_sources:" + "".join(GOOD.format(name=name) for name in names)


class TestLayout:
    def test_sources_come_from_all_files_sorted_by_table(self, project):
        project.write("b.yaml", entries("Alpha", "Gamma"))
        project.write("a.yml", entries("Beta"))
        project.write(".hidden.yaml", entries("Hidden"))
        project.write("notes.txt", "not: [yaml")
        settings = project.load()
        assert list(settings.sources) == ["Alpha", "Beta", "Gamma"]
        assert settings.problems == ()

    def test_relative_names_start_where_the_folder_of_sources_is(self, project):
        assert project.load().include == project.folder

    def test_an_empty_file_is_fine(self, project):
        project.write("a.yaml", "# nothing yet\n")
        assert project.load().problems == ()

    def test_the_shipped_options_load(self, monkeypatch, tmp_path):
        monkeypatch.delenv("DATA_SYNC_OPTIONS", raising=False)
        monkeypatch.setenv("DATA_SYNC_SOURCES", str(tmp_path))
        options = load_settings().options
        assert options.check_interval == timedelta(minutes=15)
        assert options.source_systems["JDE"].time_zone == "America/Denver"
        assert {name: system.pool for name, system in options.source_systems.items()} == {
            "JDE": "data_sync_jde",
            "CMS": "data_sync_cms",
        }
        assert (ROOT / "plugins" / "data_sync").is_dir()

    def test_the_spool_lies_in_airflow_home_unless_configured_or_overridden(self, project, monkeypatch):
        monkeypatch.setenv("AIRFLOW_HOME", "/srv/airflow")
        assert project.load().options.spool == "/srv/airflow/data_sync_spool"
        project.options("spool: s3://bucket/spool")
        assert project.load().options.spool == "s3://bucket/spool"
        monkeypatch.setenv("DATA_SYNC_SPOOL", "/mnt/spool")
        assert project.load().options.spool == "/mnt/spool"


class TestDefaults:
    def test_they_are_merged_deeply_under_each_entry(self, project):
        project.write(
            "jde.yaml",
            """
            defaults:
              source_system: JDE
              fetcher: site_fetchers.Orders
              fetch: {table: F4801, rows: 5}
              tags: [erp]
              mass: {interval: 7d, prepurge_data: true, load: truncate}
              hourly: {interval: 1h}
            data_sources:
              - {table_name: A, keys: [Id]}
              - {table_name: B, keys: [Id], fetch: {rows: 7}, mass: {interval: 30d}, tags: [b], hourly: null}
            """,
        )
        sources = project.load().sources
        assert sources["A"].fetch == {"table": "F4801", "rows": 5}
        assert sources["B"].fetch == {"table": "F4801", "rows": 7}
        assert sources["B"].mass.interval == timedelta(days=30)
        assert (sources["B"].mass.prepurge_data, sources["B"].mass.load) == (True, "truncate")
        assert (sources["B"].tags, sources["B"].hourly) == (("b",), None)
        assert sources["A"].tags == ("erp",)

    def test_a_mistake_in_them_is_told_once_with_the_tables_that_use_it(self, project):
        project.write(
            "jde.yaml",
            """
            defaults:
              source_system: JDE
              fetcher: site_fetchers.Orders
              hourly: {interval: soon}
            data_sources:
              - {table_name: A, keys: [Id]}
              - {table_name: B, keys: [Id]}
              - {table_name: C, keys: [Id], hourly: {interval: 2h}}
            """,
        )
        assert list(project.load().sources) == ["C"]
        assert project.problems() == [
            (
                "jde.yaml:5, defaults, hourly.interval: 'soon' is not a duration; "
                "write a positive one such as 15m, 1h or 1d (used by A, B)"
            )
        ]


class TestOneMistakeCostsOneTable:
    def bad(self, project, lines):
        """Return the only problem of an entry with these lines between two good ones."""
        text = (
            "\n- table_name: Bad\n  source_system: JDE\n  fetcher: site_fetchers.Orders\n  keys: [Id]\n"
            f"  hourly: {{interval: 1h}}\n{lines}\n"
        )
        for line in lines.splitlines():
            name = line.strip().split(":")[0]
            text = "\n".join(
                kept for kept in text.splitlines() if kept == line or not kept.strip().startswith(f"{name}:")
            )
        project.write("jde.yaml", entries("First") + text + GOOD.format(name="Last"))
        assert list(project.load().sources) == ["First", "Last"]
        (problem,) = project.problems()
        return problem

    @pytest.mark.parametrize(
        ("lines", "expected"),
        [
            (
                "  hourly: {interval: -5m}",
                "hourly.interval: '-5m' is not a duration; write a positive one such as 15m, 1h or 1d",
            ),
            ("  fetchr: sql", "fetchr: unknown field; did you mean 'fetcher'?"),
            (
                "  hourly: {interval: 1h, is_enbled: no}",
                "hourly.is_enbled: unknown field; did you mean 'is_enabled'?",
            ),
            ("  create_table: perhaps", "create_table: input should be a valid boolean"),
            ("  description: 5", "description: 5 is not text; put it in quotes"),
            ("  keys: []", "keys: no column is named; write the columns that identify a row"),
            ("  keys: Id", "keys: input should be a valid tuple"),
            ("  source_system: JED", "source_system: 'JED' is not a source system of "),
            ("  target_schema: Staging", "target_schema: 'Staging' is kept for staging tables"),
            ("  fetcher: nonsense", "fetcher: 'nonsense' is not known"),
            ("  fetcher: nowhere.Orders", "fetcher: 'nowhere.Orders' cannot be imported"),
            (
                "  fetcher: site_fetchers.OrderSettings",
                "is not a subclass of data_sync.fetchers.base.Fetcher",
            ),
            ("  fetcher: site_fetchers.MissingFile", "fetch.sql_file: "),
            ("  fetcher: site_fetchers.Broken", "fetcher: cannot be constructed: KeyError: 'surprise'"),
            ("  fetch: {tabel: F4801}", "fetch.tabel: unknown field; did you mean 'table'?"),
            ("  fetch: {rows: many}", "fetch.rows: "),
            ("  post_processor: nonsense", "post_processor: 'nonsense' is not known"),
            (
                "  post_processor: sql\n  post_process: {file: x.sql, fiel: x}",
                "post_process.fiel: unknown field",
            ),
        ],
    )
    def test_the_message_names_file_line_table_field_and_what_to_write(self, project, lines, expected):
        problem = self.bad(project, lines)
        assert problem.startswith("jde.yaml:")
        assert ", Bad" in problem
        assert expected in problem

    def test_the_line_is_that_of_the_field(self, project):
        project.write("a.yaml", entries("A").replace("1h", "-1h"))
        (problem,) = project.problems()
        assert problem.startswith("a.yaml:6, A, hourly.interval: '-1h'")

    def test_an_unknown_source_system_is_answered_with_the_known_ones(self, project):
        assert "write one of CMS, JDE" in self.bad(project, "  source_system: SAP")
        assert "did you mean 'JDE'?" in self.bad(project, "  source_system: JED")

    def test_an_entry_without_a_name_is_called_by_its_position(self, project):
        project.write(
            "a.yaml", entries("A") + "- {source_system: JDE, fetcher: sql, keys: [a]}\n- just text\n"
        )
        missing, text = sorted(project.problems(), reverse=True)
        assert "data_sources[2]: 'just text' is no data source" in missing + text
        assert "data_sources[1], table_name: is missing; write it" in missing + text
        assert list(project.load().sources) == ["A"]

    def test_every_mistake_of_an_entry_is_told(self, project):
        project.write(
            "a.yaml", "data_sources: [{table_name: A, sourc_system: JDE, keys: [']'], fetcher: sql}]"
        )
        assert [text.split(": ")[0].split(", ")[-1] for text in project.problems()] == [
            "source_system",
            "keys[0]",
            "sourc_system",
        ]


class TestDuplicates:
    def test_a_table_in_two_files_is_rejected_in_both_whatever_its_case(self, project):
        project.write("a.yaml", entries("Item", "Other"))
        project.write("b.yaml", entries("ITEM"))
        assert list(project.load().sources) == ["Other"]
        (problem,) = project.problems()
        assert problem.startswith("a.yaml:2 and b.yaml:2, Item, table_name: 'Item' is used 2 times")

    def test_also_when_one_of_them_has_other_mistakes(self, project):
        project.write("a.yaml", entries("Item", "Item").replace("keys: [Id]", "keys: []", 1))
        assert list(project.load().sources) == []
        assert len(project.problems()) == 1


class TestTheTablesOfAProblem:
    def test_a_table_is_not_blamed_for_one_whose_name_contains_its_own(self, project):
        project.write("a.yaml", entries("ItemBranch").replace("1h", "soon") + GOOD.format(name="Item"))
        settings = project.load()
        assert [problem.tables for problem in settings.problems] == [("ItemBranch",)]
        assert settings.source("Item").table_name == "Item"
        with pytest.raises(ConfigurationError, match=r"ItemBranch, hourly\.interval: 'soon'"):
            settings.source("ItemBranch")

    def test_nor_does_a_missing_one_answer_for_it(self, project):
        project.write("a.yaml", entries("ItemBranch").replace("1h", "soon") + GOOD.format(name="Other"))
        with pytest.raises(ConfigurationError) as error:
            project.load().source("Item")
        assert str(error.value) == "'Item' is not a configured table; write one of Other"

    def test_those_of_defaults_are_all_that_use_them(self, project):
        text = entries("A", "B").replace("  hourly: {interval: 1h}\n", "")
        project.write("a.yaml", f"defaults: {{hourly: {{interval: soon}}}}\n{text}")
        assert [problem.tables for problem in project.load().problems] == [("A", "B")]

    def test_those_of_a_repeated_name_are_as_they_are_written(self, project):
        project.write("a.yaml", entries("Item", "ITEM", "Item"))
        assert [problem.tables for problem in project.load().problems] == [("Item", "ITEM")]

    def test_a_file_that_cannot_be_read_may_hold_any_table(self, project):
        project.write("bad.yaml", "data_sources: ]")
        settings = project.load()
        assert [problem.tables for problem in settings.problems] == [()]
        with pytest.raises(ConfigurationError, match=r"(?s)'Item' is not a configured table.*bad.yaml:1: is"):
            settings.source("Item")


class TestBrokenFiles:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("data_sources: ]", "bad.yaml:1: is not valid YAML: "),
            ("data_sources:\n- a: 1\n  a: 2\n", "bad.yaml:3: the key 'a' is written twice, first in line 2"),
            ("a: 1\na: 2\n", "bad.yaml:2: the key 'a' is written twice, first in line 1"),
            ("defaults: {tags: &x [*x]}\n", "bad.yaml:1: an anchor contains itself"),
            (
                "data_sources: !!python/object/apply:os.getcwd []\n",
                "bad.yaml:1: is not valid YAML: could not",
            ),
            ("a: 1\n---\nb: 2\n", "bad.yaml:2: is not valid YAML: "),
            ("data_sources: 2024-13-45\n", "bad.yaml: is not valid YAML: month must be in 1..12"),
            ("- a\n", "bad.yaml:1: holds no mapping; write data_sources:"),
            ("defaults: 5\ndata_sources: []\n", "bad.yaml:1, defaults: is no mapping"),
            ("defaults: {}\n", "bad.yaml:1, data_sources: write a list of data sources"),
            ("data_sources: {a: b}\n", "bad.yaml:1, data_sources: write a list"),
        ],
    )
    def test_a_broken_file_loses_only_itself(self, project, text, expected):
        project.write("bad.yaml", text)
        project.write("good.yaml", entries("Item"))
        assert list(project.load().sources) == ["Item"]
        assert [problem[: len(expected)] for problem in project.problems()] == [expected]

    def test_a_file_that_is_no_utf_8_is_told(self, project):
        (project.sources / "bad.yaml").write_bytes(b"\xff\xfe\x00")
        assert project.problems() == ["bad.yaml: is not UTF-8 text; save it as UTF-8"]

    def test_an_unknown_key_on_top_is_told_and_the_entries_are_kept(self, project):
        project.write("a.yaml", entries("Item") + "\ndefault: {tags: [x]}\n")
        assert list(project.load().sources) == ["Item"]
        assert project.problems() == ["a.yaml:8, default: unknown field; did you mean 'defaults'?"]

    def test_a_missing_folder_is_a_problem(self, project, monkeypatch):
        monkeypatch.setenv("DATA_SYNC_SOURCES", str(project.folder / "nowhere"))
        (problem,) = project.problems()
        assert "there is no such folder; create it or set DATA_SYNC_SOURCES" in problem

    def test_merge_keys_and_anchors_work(self, project):
        text = entries("A").replace("- table", "- &a\n  table") + "- {<<: *a, table_name: B}\n"
        project.write("a.yaml", text)
        assert list(project.load().sources) == ["A", "B"]


class TestBrokenOptions:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("batch_sise: 5", "data_sync.yaml:1, batch_sise: unknown field; did you mean 'batch_size'?"),
            ("check_interval: often", "data_sync.yaml:1, check_interval: 'often' is not a check interval"),
            ("warehouse:\n  pol: x", "data_sync.yaml:2, warehouse.pol: unknown field; did you mean 'pool'?"),
            (
                "source_systems:\n  JDE:\n    pool: p\n    timezone: UTC",
                ":4, source_systems.JDE.timezone: unknown",
            ),
            ("batch_size: 1\nbatch_size: 2", "data_sync.yaml:2: the key 'batch_size' is written twice"),
            ("- a", "data_sync.yaml: holds no mapping"),
            ("a: ]", "data_sync.yaml:1: is not valid YAML"),
        ],
    )
    def test_they_stop_everything_with_a_message(self, project, text, expected):
        project.options(text)
        with pytest.raises(ConfigurationError) as error:
            project.load()
        assert expected in str(error.value)

    def test_every_mistake_is_told(self, project):
        project.options("batch_size: 0\nretries: -1\n")
        with pytest.raises(ConfigurationError, match=r"(?s)batch_size: .*\n.*retries: "):
            project.load()

    def test_a_missing_file_is_told(self, project, monkeypatch):
        monkeypatch.setenv("DATA_SYNC_OPTIONS", "/nowhere/data_sync.yaml")
        with pytest.raises(ConfigurationError, match="cannot be read: No such file"):
            project.load()


def test_a_thousand_sources_load_in_under_two_seconds(project):
    for number in range(20):
        names = [f"Table{number:02}{index:02}" for index in range(50)]
        project.write(f"file{number:02}.yaml", entries(*names))
    started = time.perf_counter()
    settings = project.load()
    assert len(settings.sources) == 1000
    assert time.perf_counter() - started < 2


def test_loading_imports_no_driver_and_neither_pandas_nor_airflow(project):
    project.write("a.yaml", entries("Item"))
    heavy = [
        "airflow",
        "pandas",
        "pyarrow",
        "numpy",
        "pyodbc",
        "arrow_odbc",
        "psycopg",
        "mssql_python",
        "sqlalchemy",
    ]
    code = (
        "import sys; from data_sync.project import load_settings; import data_sync.updates.schedule\n"
        "settings = load_settings(); assert list(settings.sources) == ['Item'], settings.problems\n"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    path = [str(Path(__file__).parents[2] / "plugins"), str(project.folder / "site")]
    found = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {path}\n{code}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.stdout.strip() == "[]", found.stderr
