"""What holds on PostgreSQL beyond the shared suite."""

from __future__ import annotations

import time
from datetime import timedelta

import pyarrow as pa
import pytest

from data_sync.errors import LockTimeout, PermanentError, SchemaMismatch, ValueRejected
from data_sync.warehouse.conform import check_schema
from data_sync.warehouse.interface import Counts

pytestmark = pytest.mark.parametrize(
    "lab", [pytest.param("postgres", marks=pytest.mark.integration)], indirect=True
)


def versions(lab, target):
    """Return each row's writing transaction by key."""
    with lab.warehouse.transaction() as session:
        table = f'"{target.table.schema}"."{target.table.name}"'
        return {row["Id"]: row["x"] for row in session.rows(f'SELECT "Id", xmin::text AS x FROM {table}')}


def test_rows_that_are_equal_are_not_written(parts, lab):
    parts.sync((1, "a", "one", 1), (2, "b", None, None), (3, "c", "three", 1))
    before = versions(lab, parts.target)
    parts.sync((1, "a", "one", 1), (2, "b", None, None), (3, "c", "changed", 1))
    after = versions(lab, parts.target)
    assert {key for key in before if before[key] != after[key]} == {3}


def test_a_full_load_writes_only_rows_that_differ(parts, lab):
    parts.sync((1, "a", "one", 1), (2, "b", None, None), (3, "c", "three", 1))
    before = versions(lab, parts.target)
    staging = parts.stage((1, "a", "one", 1), (2, "b", None, None), (3, "c", "changed", 1), dedupe=False)
    lab.publish(parts.target, [staging])
    after = versions(lab, parts.target)
    assert {key for key in before if before[key] != after[key]} == {3}


def test_grants_and_triggers_survive_a_full_load(parts, lab):
    table, role = parts.target.table, f"reader_{lab.options.connection}"
    name = f'"{table.schema}"."{table.name}"'
    lab.execute(f'CREATE ROLE "{role}"')
    try:
        lab.execute(f'GRANT SELECT ON {name} TO "{role}"')
        lab.execute(
            f'CREATE FUNCTION "{table.schema}".shout() RETURNS trigger LANGUAGE plpgsql AS '
            '$$BEGIN NEW."Name" := upper(NEW."Name"); RETURN NEW; END$$'
        )
        lab.execute(
            f"CREATE TRIGGER shout BEFORE INSERT OR UPDATE ON {name} "
            f'FOR EACH ROW EXECUTE FUNCTION "{table.schema}".shout()'
        )
        lab.publish(parts.target, [parts.stage((1, "a", "loud", 1), dedupe=False)])
        assert parts.held() == [(1, "a", "LOUD", 1)]
        with lab.warehouse.transaction() as session:
            granted = session.rows(
                "SELECT has_table_privilege(%(role)s, %(name)s, 'SELECT') AS ok", {"role": role, "name": name}
            )
        assert granted == [{"ok": True}]
    finally:
        lab.execute(f'DROP OWNED BY "{role}"')
        lab.execute(f'DROP ROLE "{role}"')


def test_rows_that_a_foreign_key_points_to_survive_a_full_load(lab):
    target = lab.table({"Id": "bigint", "Name": "text10"})
    table = target.table
    lab.execute(
        f'CREATE TABLE "{table.schema}"."child of {table.name}" '
        f'("Id" bigint REFERENCES "{table.schema}"."{table.name}")'
    )
    batch = pa.table({"Id": [1, 2], "Name": ["a", "b"], "DataSyncRow": [0, 1]})
    lab.publish(target, [lab.stage(target, batch, dedupe=False)])
    lab.execute(f'INSERT INTO "{table.schema}"."child of {table.name}" VALUES (1)')
    batch = pa.table({"Id": [1, 3], "Name": ["A", "c"], "DataSyncRow": [0, 1]})
    counts = lab.publish(target, [lab.stage(target, batch, 1, dedupe=False)])
    assert counts == Counts(staged=2, inserted=1, updated=1, deleted=1)
    without = lab.stage(target, batch.slice(1), 2, dedupe=False)
    with pytest.raises(PermanentError, match=r"23503.*child of"):
        lab.publish(target, [without])
    assert len(lab.rows(target)) == 2


def test_another_unique_constraint_that_the_load_breaks_is_named(parts, lab):
    table = parts.target.table
    lab.execute(f'ALTER TABLE "{table.schema}"."{table.name}" ADD CONSTRAINT "one name" UNIQUE ("Name")')
    with pytest.raises(PermanentError, match=r"one name.*\(same\)"):
        parts.sync((1, "a", "same", 1), (2, "b", "same", 1))


@pytest.mark.parametrize("step", ["merge", "publish"])
def test_a_key_that_the_target_holds_twice_is_refused(lab, parts, step):
    table = parts.target.table
    lab.execute(f'ALTER TABLE "{table.schema}"."{table.name}" DROP CONSTRAINT "{table.name}_pkey"')
    insert = f"""INSERT INTO "{table.schema}"."{table.name}" VALUES (1, 'a'), (1, 'a')"""
    lab.execute(insert)
    staging = parts.stage((1, "a", "x", 1))
    staged = [staging] if step == "publish" else staging
    with pytest.raises(PermanentError, match=r"holds some keys \(Id, Code\) more than once"):
        getattr(lab, step)(parts.target, staged)
    assert lab.warehouse.count(table) == 2


@pytest.fixture
def caseless(lab):
    """A table whose collation overlooks case, as SQL Server's usual ones do."""
    schema = lab.options.target_schema
    try:
        lab.execute(
            f'CREATE COLLATION IF NOT EXISTS "{schema}".caseless '
            "(provider = icu, locale = 'und-u-ks-level2', deterministic = false)"
        )
    except PermanentError as error:
        if "ICU is not supported" not in str(error):
            raise
        pytest.skip("this PostgreSQL is built without ICU: none of its collations overlooks case")
    lab.types = {**lab.types, "caseless": f'varchar(10) COLLATE "{schema}".caseless'}
    return lab.table({"Code": "caseless", "Name": "caseless"}, keys=("Code",))


def test_keys_that_differ_in_case_are_one_under_such_a_collation(caseless, lab):
    batch = pa.table({"Code": ["abc", "ABC"], "Name": ["first", "last"], "DataSyncRow": [0, 1]})
    assert lab.merge(caseless, lab.stage(caseless, batch)) == Counts(staged=1, inserted=1)
    again = pa.table({"Code": ["aBc"], "Name": ["again"], "DataSyncRow": [0]})
    counts = lab.publish(caseless, [lab.stage(caseless, again, 1, dedupe=False)])
    assert counts == Counts(staged=1, updated=1)


def test_a_change_of_case_is_written_under_such_a_collation(caseless, lab):
    for number, name in enumerate(("bolt", "Bolt")):
        batch = pa.table({"Code": ["a"], "Name": [name], "DataSyncRow": [0]})
        lab.merge(caseless, lab.stage(caseless, batch, number))
    assert lab.rows(caseless) == [{"Code": "a", "Name": "Bolt"}]


def test_staging_keeps_a_collation_of_a_columns_own(lab):
    lab.types = {**lab.types, "plain": 'varchar(10) COLLATE "C"'}
    target = lab.table({"Code": "plain", "Name": "plain"}, keys=("Code",))
    batch = pa.table({"Code": ["a"], "Name": ["bolt"], "DataSyncRow": [0]})
    staging = lab.stage(target, batch)
    assert [column.collation for column in lab.warehouse.columns(staging)] == ['pg_catalog."C"'] * 2 + [None]
    assert lab.merge(target, staging).inserted == 1


@pytest.fixture
def odd(lab):
    """A table of less common types."""
    schema = lab.options.target_schema
    lab.execute(f'DROP TYPE IF EXISTS "{schema}".mood CASCADE')
    lab.execute(f'DROP DOMAIN IF EXISTS "{schema}".short CASCADE')
    lab.execute(f"""CREATE TYPE "{schema}".mood AS ENUM ('good', 'bad')""")
    lab.execute(f'CREATE DOMAIN "{schema}".short AS varchar(3)')
    lab.types = {**lab.types, "mood": f'"{schema}".mood', "short": f'"{schema}".short', "json": "json",
                 "numeric": "numeric", "jsonb": "jsonb"}  # fmt: skip
    return lab.table({"Id": "bigint", "Mood": "mood", "Short": "short", "Doc": "json", "Free": "numeric"})


def odd_row(mood="good", short="abc"):
    return pa.table({"Id": [1], "Mood": [mood], "Short": [short], "Doc": ['{"a": 1}'], "Free": [1.25],
                     "DataSyncRow": [0]})  # fmt: skip


def test_enums_domains_json_and_bare_numeric_are_loaded(odd, lab):
    assert lab.merge(odd, lab.stage(odd, odd_row())).inserted == 1
    assert lab.merge(odd, lab.stage(odd, odd_row(), 1)).unchanged == 1
    found = lab.rows(odd)[0]
    assert (found["Mood"], found["Short"], found["Doc"], float(found["Free"])) == (
        "good",
        "abc",
        {"a": 1},
        1.25,
    )


def test_values_outside_an_enum_or_a_domain_are_rejected(odd, lab):
    with pytest.raises(ValueRejected, match="ugly"):
        lab.stage(odd, odd_row(mood="ugly"))
    with pytest.raises(ValueRejected, match=r"'Short', row 0.*takes 3"):
        lab.stage(odd, odd_row(short="abcd"))


def test_a_fetched_column_whose_type_cannot_be_loaded_is_named(odd, lab):
    target = lab.table({"Id": "bigint", "Doc": "jsonb"})
    schema = pa.schema([("Id", pa.int64()), ("Doc", pa.string())])
    with pytest.raises(SchemaMismatch, match="'Doc' of the table has type jsonb"):
        check_schema(target, schema, lab.warehouse.columns(target.table))


def test_the_lock_names_its_holder(lab, parts):
    hasty = lab.with_options(lock_timeout=timedelta(milliseconds=200))
    with (
        lab.warehouse.lock(parts.target.table),
        pytest.raises(LockTimeout, match=r"process \d+ \(data_sync\) since 20"),
        hasty.lock(parts.target.table),
    ):
        pass


def test_a_killed_copy_leaves_nothing_behind(lab):
    target = lab.table({"Id": "bigint"})
    load = lab.empty(target)
    for body in (
        "warehouse.copy_into(target, load, 0, slow_reader(20000), 20000)",
        "warehouse.stage(target, staging, slow_reader(20000), 20000, dedupe=True)",
    ):
        with lab.process(body, target, load) as process:
            assert process.stdout.readline() == "half\n"
            process.kill()
            process.wait(10)
        time.sleep(0.5)
        assert lab.warehouse.count(target.table) == 0
        assert lab.warehouse.staging_tables(lab.staging(target).name) == []


def test_copies_run_under_the_same_limits_as_statements(lab):
    from data_sync.warehouse.postgres.session import copying

    settings = "statement_timeout", "lock_timeout", "TimeZone", "application_name"
    with copying(lab.warehouse.dsn) as cursor:
        found = []
        for name in settings:
            cursor.execute(f"SELECT current_setting('{name}')")
            found.append(cursor.fetchone()[0])
    assert found == ["1min", "20s", "UTC", "data_sync"]
