"""The log is made, migrated and checked on both databases, by any number of processes at once."""

from __future__ import annotations

import subprocess
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime, timezone
from pathlib import Path

import pytest

from data_sync import __version__
from data_sync.errors import PermanentError
from data_sync.settings.update_type import UpdateType
from data_sync.updates import migrations
from data_sync.updates.log import DataUpdateLog, Outcome
from data_sync.updates.migrations import all_migrations
from data_sync.updates.migrations.install import install
from data_sync.updates.migrations.layout import layout_after
from data_sync.updates.task import DataUpdateTask
from data_sync.warehouse.interface import Counts, TableName
from data_sync.warehouse.migration import AddColumn, CreateIndex, DropTable, Migration, optional, text

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=timezone.utc)
LATEST = len(all_migrations())
VERSIONS = range(1, LATEST + 1)
NEXT = Migration(
    (
        AddColumn("DataUpdate", optional("Colour", text(20))),
        CreateIndex("IX_DataUpdate_Colour", "DataUpdate", ("Colour",)),
        DropTable("DisabledIndex"),
    )
)
"""A version that is still to come."""


class Site:
    """A log in schemas of its own."""

    def __init__(self, lab):
        mark = uuid.uuid4().hex[:8]
        self.lab = lab
        self.schemas = [f"staging {mark}", f"the log {mark}"]
        self.warehouse = lab.with_options(staging_schema=self.schemas[0], log_schema=self.schemas[1])

    def execute(self, sql, params=None):
        with self.warehouse.transaction() as session:
            session.execute(sql, params)

    def rows(self, sql):
        with self.warehouse.transaction() as session:
            return session.rows(sql)

    def table(self, name):
        return f'"{self.schemas[1]}"."{name}"'

    def versions(self):
        return [
            (row["Version"], row["PackageVersion"])
            for row in self.rows(f'SELECT * FROM {self.table("SchemaVersion")} ORDER BY "Version"')
        ]

    def columns(self, name):
        return [column.name for column in self.warehouse.columns(TableName(self.schemas[1], name))]

    def make_unversioned(self):
        """Create the log as it was before it had versions."""
        with self.warehouse.installing() as session:
            self.warehouse.create_schemas(session, self.schemas)
            for change in all_migrations()[0].changes:
                for statement in self.warehouse.render(change):
                    session.execute(statement)

    def add_updates(self):
        """Log a success and a running update by plain SQL, as an older package did, and return the rows."""
        columns = (
            '"TableName", "SourceSystem", "UpdateType", "StartDT", "EndDT", "WasSuccessful", '
            '"NumberRecords", "OperationId", "ReferenceDT", "SourceReadDT", "AdvancesWatermark", '
            '"DagId", "RunId", "RunType", "TryNumber", "Error"'
        )
        for records, succeeded in ((7, True), (-2, None)):
            self.execute(
                f"INSERT INTO {self.table('DataUpdate')} ({columns}) VALUES ('Item', 'JDE', 'Mass', "
                "%(noon)s, %(noon)s, %(succeeded)s, %(records)s, 'operation', %(noon)s, %(noon)s, %(yes)s, "
                "'sync_Item', 'run 1', 'scheduled', 1, %(error)s)",
                {
                    "noon": self.stamp(NOON),
                    "succeeded": succeeded,
                    "records": records,
                    "yes": True,
                    "error": "Ünicode 表",
                },
            )
        self.execute(
            f"INSERT INTO {self.table('DisabledIndex')} VALUES ('dbo', 'Item', 'IX', 'CREATE …', %(noon)s)",
            {"noon": self.stamp(NOON)},
        )
        return self.updates()

    def updates(self):
        return self.rows(f'SELECT * FROM {self.table("DataUpdate")} ORDER BY "Id"')

    def stamp(self, instant):
        with self.warehouse.transaction() as session:
            return session.stamp(instant)

    def log_one(self):
        """Log an update by the package, and return what the next one reads from."""
        log = DataUpdateLog(self.warehouse)
        task = DataUpdateTask("Item", "JDE", UpdateType.DAILY, None, None, NOON, uuid.uuid4().hex[:16])
        number = log.start_update(task, "sync_Item", "run 2", "scheduled", 1)
        assert log.complete_update(number, Outcome(True, 1, Counts(), NOON))
        return [last.update_type for last in log.get_last_data_updates("Item")]


@pytest.fixture
def site(lab):
    site = Site(lab)
    yield site
    for schema in site.schemas:
        with site.warehouse.transaction() as session:
            exists = session.rows(site.warehouse.schema_exists(), {"name": schema})[0]["found"]
        if exists:
            lab.drop_schemas(lab, [schema])


class Counted:
    """Counts a warehouse's transactions and statements."""

    def __init__(self, warehouse, monkeypatch):
        self.transactions, self.statements = 0, 0
        opened = warehouse.transaction

        def transaction():
            self.transactions += 1
            return opened()

        monkeypatch.setattr(warehouse, "transaction", transaction)
        with opened() as session:
            kind = type(session)
        for name in ("rows", "execute"):
            monkeypatch.setattr(kind, name, self._counting(getattr(kind, name)))

    def _counting(self, method):
        def counting(*arguments):
            self.statements += 1
            return method(*arguments)

        return counting


def test_a_new_log_has_the_latest_version(site):
    install(site.warehouse)
    assert site.versions() == [(version, __version__) for version in VERSIONS]
    assert site.log_one() == [UpdateType.DAILY]
    for name, table in layout_after(all_migrations()).tables.items():
        assert site.columns(name) == [column.name for column in table.columns]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_log_of_each_earlier_version_is_upgraded_with_nothing_lost(site, version):
    install(site.warehouse, all_migrations()[:version])
    before = site.add_updates()
    install(site.warehouse)
    assert [{name: row[name] for name in before[0]} for row in site.updates()] == before
    assert DataUpdateLog(site.warehouse).tables_without_indexes() == [TableName("dbo", "Item")]
    assert site.versions() == [(number, __version__) for number in VERSIONS]
    assert site.log_one() == [UpdateType.DAILY, UpdateType.MASS]


def test_a_log_from_before_there_were_versions_is_adopted_with_nothing_lost(site):
    site.make_unversioned()
    before = site.add_updates()
    install(site.warehouse)
    assert [{name: row[name] for name in before[0]} for row in site.updates()] == before
    assert site.versions() == [(number, __version__) for number in VERSIONS]
    assert site.log_one() == [UpdateType.DAILY, UpdateType.MASS]


def test_the_version_after_this_one_is_reached_from_this_one(site):
    install(site.warehouse)
    site.add_updates()
    install(site.warehouse, [*all_migrations(), NEXT])
    assert "Colour" in site.columns("DataUpdate")
    assert site.columns("DisabledIndex") == []
    assert [row["Colour"] for row in site.updates()] == [None, None]
    assert [number for number, _ in site.versions()] == [*VERSIONS, LATEST + 1]


def test_a_migration_that_fails_changes_nothing_and_is_done_by_the_next_one(site):
    broken = Migration((*NEXT.changes, CreateIndex("IX_None", "DataUpdate", ("NoSuchColumn",))))
    install(site.warehouse)
    before = site.add_updates()
    with pytest.raises(PermanentError):
        install(site.warehouse, [*all_migrations(), broken])
    assert site.updates() == before
    assert [number for number, _ in site.versions()] == [*VERSIONS]
    install(site.warehouse, [*all_migrations(), NEXT])
    assert "Colour" in site.columns("DataUpdate")


def test_statements_may_be_run_again(site):
    site.make_unversioned()
    before = site.add_updates()
    site.make_unversioned()
    assert site.updates() == before


def test_an_up_to_date_log_is_asked_one_question(site, monkeypatch):
    install(site.warehouse)
    counted = Counted(site.warehouse, monkeypatch)
    install(site.warehouse)
    settings = {"postgres": 0, "mssql": 1}[site.warehouse.dialect]
    assert (counted.transactions, counted.statements) == (1, 1 + settings)


def test_a_newer_log_is_refused_with_both_versions(site):
    install(site.warehouse)
    site.execute(
        f"INSERT INTO {site.table('SchemaVersion')} VALUES (%(version)s, %(noon)s, %(package)s)",
        {"version": LATEST + 3, "noon": site.stamp(NOON), "package": "9.1.0"},
    )
    site.execute(f"DROP TABLE {site.table('DisabledIndex')}")
    with pytest.raises(PermanentError) as caught:
        install(site.warehouse)
    for part in (f"version {LATEST + 3}", "9.1.0", __version__, f"up to {LATEST}", "warehouse.log_schema"):
        assert part in str(caught.value)
    assert site.columns("DisabledIndex") == []


@pytest.mark.parametrize("versioned", [True, False])
def test_a_lacking_column_is_named_with_what_to_do(site, versioned):
    if versioned:
        install(site.warehouse)
    else:
        site.make_unversioned()
    site.execute(f'ALTER TABLE {site.table("DataUpdate")} DROP COLUMN "Reason"')
    with pytest.raises(PermanentError, match=r"lacks DataUpdate\.Reason, .* Run .*ADD ") as caught:
        install(site.warehouse)
    statement = str(caught.value).partition("Run ")[2].partition("; or set warehouse.log_schema")[0]
    site.execute(statement)
    install(site.warehouse)
    assert site.log_one() == [UpdateType.DAILY]


def test_a_lacking_column_that_holds_what_nobody_knows_is_not_made_up(site):
    install(site.warehouse)
    site.execute(f'ALTER TABLE {site.table("DisabledIndex")} DROP COLUMN "DisabledDT"')
    with pytest.raises(PermanentError, match=r"lacks DisabledIndex\.DisabledDT, .* Restore it from a backup"):
        install(site.warehouse)


@pytest.mark.parametrize("dropped", ["TABLE DisabledIndex", "VIEW LastDataUpdates"])
def test_what_was_dropped_is_made_anew(site, dropped):
    install(site.warehouse)
    kind, name = dropped.split()
    site.execute(f"DROP {kind} {site.table(name)}")
    install(site.warehouse)
    assert site.columns(name)
    assert [number for number, _ in site.versions()] == [*VERSIONS]


def test_a_staging_schema_that_is_renamed_in_the_configuration_is_created(site):
    install(site.warehouse)
    site.schemas.append(f"{site.schemas[0]} 2")
    other = site.lab.with_options(staging_schema=site.schemas[2], log_schema=site.schemas[1])
    install(other)
    assert other.staging_tables() == []


def test_threads_may_install_at_once(site):
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: install(site.warehouse), range(6)))
    assert site.versions() == [(number, __version__) for number in VERSIONS]


INSTALLS = """
from data_sync.updates.migrations.install import install
say("ready")
sys.stdin.readline()
install(warehouse)
"""


@pytest.mark.parametrize("begin", ["nothing", "the first version"])
def test_six_processes_may_install_at_once(site, begin):
    if begin == "the first version":
        install(site.warehouse, all_migrations()[:1])
        site.add_updates()
    target = site.lab.table({"Id": "bigint"})
    # The processes open the warehouse with the lab's options, which name the lab's own schemas.
    options = site.warehouse.options
    site.lab.options, kept = options, site.lab.options
    try:
        with ExitStack() as stack:
            processes = [stack.enter_context(site.lab.process(INSTALLS, target)) for _ in range(6)]
            for process in processes:
                assert process.stdout.readline() == "ready\n"
            for process in processes:
                process.stdin.write("go\n")
                process.stdin.flush()
            assert [process.wait(timeout=120) for process in processes] == [0] * 6
    finally:
        site.lab.options = kept
    assert site.versions() == [(number, __version__) for number in VERSIONS]
    assert len(site.updates()) == (2 if begin == "the first version" else 0)


def test_the_migrations_are_numbered_without_a_gap():
    files = sorted(file.name for file in Path(migrations.__file__).parent.glob("m*.py"))
    assert [int(name[1:5]) for name in files] == list(VERSIONS)


def test_the_packages_version_is_the_projects():
    project = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    assert f'version = "{__version__}"' in project


def test_importing_the_log_takes_neither_airflow_nor_pyarrow_nor_pandas():
    program = (
        "import sys, data_sync.updates.log, data_sync.updates.log_history\n"
        "print(sorted({'airflow', 'pyarrow', 'pandas', 'numpy'} & sys.modules.keys()))"
    )
    plugins = str(Path(__file__).parents[2] / "plugins")
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": plugins},
        check=True,
    )
    assert done.stdout == "[]\n"
