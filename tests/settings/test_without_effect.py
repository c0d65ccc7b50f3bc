"""Settings that do nothing are refused, unless as defaults they serve another table of the file."""

from __future__ import annotations

import pytest

JDE_COLUMNS = "columns: {{Id: DOCO integer, Code: DL01 text(30), Day: STRT date}}"
JDE = "fetcher: jde, fetch: {{table: F4801, cursor: [UPMJ, TDAY], " + JDE_COLUMNS + "{more}}}"
CMS = "fetcher: cms, fetch: {{table: MISDATA, columns: {{Id: ID integer, Day: '\"The Day\" date'}}{more}}}"
SQL = "fetcher: sql, fetch: {{query: {query}, format: '%Y'}}"


def written(project, settings, defaults=""):
    """Return the problems of a table with these settings, without file, line and table."""
    entry = f"{{table_name: Item, keys: [Id], source_system: JDE, {settings}}}"
    project.write("a.yaml", f"{defaults}\ndata_sources:\n- {entry}\n")
    found = [problem.split("Item, ", 1)[-1] for problem in project.problems()]
    assert ("Item" in project.load().sources) is (found == [])
    return found


@pytest.mark.parametrize(
    ("mass", "expected"),
    [
        (
            "load: truncate",
            "mass.load: 'truncate' empties the table, but this Mass merges",
        ),
        (
            "load: swap",
            "mass.load: 'swap' replaces the table's contents, but this Mass merges",
        ),
        ("minimum_rows_percent: 50", "mass.minimum_rows_percent: has no effect on a Mass that merges, "),
        ("reindex_data: false", "mass.reindex_data: has no effect with a Mass that merges, "),
        ("prepurge_data: true, reindex_data: true", "mass.reindex_data: has no effect with load: swap, "),
        ("prepurge_data: true, load: truncate, reindex_data: false, minimum_rows_percent: 5", None),
        ("prepurge_data: true, load: swap, minimum_rows_percent: 0", None),
        ("prepurge_data: false", None),
    ],
)
def test_how_a_mass_is_loaded(project, mass, expected):
    found = written(project, f"fetcher: sample, mass: {{interval: 7d, {mass}}}")
    assert [problem[: len(expected or "")] for problem in found] == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("source", "more", "mass", "expected"),
    [
        (JDE, "partition_by: DOCO", "prepurge_data: true", None),
        (JDE, "partition_by: DOCO, partitions: 8", "is_enabled: false", None),
        (JDE, "partition_by: UNKNOWN", "prepurge_data: true", None),
        (JDE, "partition_by: STRT", "prepurge_data: true", None),
        (JDE, "partition_by: dl01", "prepurge_data: true", "partition_by: 'dl01' holds no whole numbers"),
        (JDE, "partition_by: DOCO", "prepurge_data: true, load: truncate", "partition_by: has no effect"),
        (JDE, "partition_by: DOCO", None, "partition_by: has no effect without a Mass"),
        (JDE, "partitions: 8", "prepurge_data: true", "partitions: has no effect without partition_by"),
        (CMS, "partition_by: ID", "prepurge_data: true", None),
        (CMS, "partition_by: '\"The Day\"'", "is_enabled: true", "partition_by: '\"The"),
        (CMS, "format: '%Y'", "is_enabled: true", "format: has no effect on a query that"),
        (CMS, "cursor: Day, format: '%Y'", "is_enabled: true", None),
    ],
)  # fmt: skip
def test_how_a_source_is_read(project, source, more, mass, expected):
    schedule = f"mass: {{interval: 7d, {mass}}}" if mass else "daily: {interval: 1d}"
    found = written(project, f"{source.format(more=f', {more}')}, {schedule}")
    expected = f"fetch.{expected}" if expected else ""
    assert [problem[: len(expected)] for problem in found] == ([expected] if expected else [])


@pytest.mark.parametrize(("query", "count"), [("SELECT 1", 1), ("'SELECT :minimum_dt'", 0)])
def test_a_format_of_bounds_that_a_query_does_not_take(project, query, count):
    found = written(project, f"{SQL.format(query=query)}, mass: {{interval: 7d}}")
    assert [problem.split(":")[0] for problem in found] == ["fetch.format"] * count


def test_settings_of_no_post_processor(project):
    (problem,) = written(project, "fetcher: sample, mass: {interval: 7d}, post_process: {file: a.sql}")
    assert problem.startswith("post_process: has no effect without a post-processor; write post_processor")


@pytest.mark.parametrize(("after", "expected"), [("", 1), ("[Daily, Mass]", 1), ("[Mass, Hourly]", 0)])
def test_statistics_after_updates_that_never_run(project, after, expected):
    settings = "post_processor: statistics" + (f", post_process: {{after: {after}}}" if after else "")
    found = written(project, f"fetcher: sample, hourly: {{interval: 1h}}, {settings}")
    assert ["post_process.after: the table has no " in problem for problem in found] == [True] * expected


class TestDefaults:
    DEFAULTS = """
    defaults:
      source_system: JDE
      fetcher: sample
      keys: [Id]
      mass: {interval: 7d, prepurge_data: true, load: truncate, reindex_data: false}
    data_sources:
    """

    def test_may_do_nothing_for_one_table_when_they_serve_another(self, project):
        tables = "- {table_name: A, mass: {load: swap}}\n    - {table_name: B}"
        project.write("a.yaml", self.DEFAULTS + tables)
        assert project.problems() == []

    def test_are_refused_when_they_serve_none(self, project):
        tables = "- {table_name: A, mass: {load: swap}}\n    - {table_name: B, mass: {prepurge_data: false}}"
        project.write("a.yaml", self.DEFAULTS + tables)
        place = "a.yaml:6, defaults, mass.reindex_data: has no effect with "
        swap, merge = project.problems()
        assert (swap[: len(place)], merge[: len(place)]) == (place, place)
        assert swap.endswith("(used by A)")
        assert merge.endswith("(used by B)")

    def test_of_another_file_do_not_count(self, project):
        project.write("a.yaml", self.DEFAULTS + "- {table_name: A, mass: {load: swap}}")
        project.write("b.yaml", self.DEFAULTS + "- {table_name: B}")
        (problem,) = project.problems()
        assert problem.startswith("a.yaml:6, defaults, mass.reindex_data: ")
        assert list(project.load().sources) == ["B"]
