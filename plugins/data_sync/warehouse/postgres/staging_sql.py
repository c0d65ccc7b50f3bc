"""The statements that load a PostgreSQL table. Pure text: nothing here connects."""

from __future__ import annotations

from collections.abc import Sequence

from data_sync.warehouse.interface import ROW_NUMBER_COLUMN, Column, TableName, Target

_WITHOUT_EQUALITY = ("json", "xml", "citext")
"""Types whose values are compared as text: they have no equality, or one that overlooks case."""


def quote(identifier: str) -> str:
    """Return an identifier in double quotes."""
    return '"' + identifier.replace('"', '""') + '"'


def qualified(table: TableName) -> str:
    """Return a table's quoted name with its schema."""
    return f"{quote(table.schema)}.{quote(table.name)}"


def names(identifiers: Sequence[str], prefix: str = "") -> str:
    """Return quoted identifiers, separated by commas, each behind an alias if one is given."""
    return ", ".join(f"{prefix}{quote(name)}" for name in identifiers)


def create_staging(table: TableName, columns: Sequence[Column]) -> str:
    """Create a staging table: the target's types and collations, everything nullable.

    Unlogged: nothing is written to the log ahead, to its archive or to replicas. After a crash of the
    server such a table is there, and empty; see :func:`remember_rows`.
    """
    lines = [
        f"{quote(column.name)} {column.sql_type}"
        + (f" COLLATE {column.collation}" if column.collation else "")
        for column in columns
    ]
    lines.append(f"{quote(ROW_NUMBER_COLUMN)} bigint")
    return f"CREATE UNLOGGED TABLE {qualified(table)} (\n  " + ",\n  ".join(lines) + "\n)"


def gather(columns: Sequence[str], tables: Sequence[TableName], into: TableName) -> str:
    """Create ``into`` with the rows of several staging tables; unlogged like these."""
    every = names([*columns, ROW_NUMBER_COLUMN])
    union = "\nUNION ALL ".join(f"SELECT {every} FROM {qualified(table)}" for table in tables)
    return f"CREATE UNLOGGED TABLE {qualified(into)} AS\n{union}"


def remember_rows(table: TableName, rows: int) -> str:
    """Note in the catalog, which outlives a crash, how many rows an unlogged table holds."""
    return f"COMMENT ON TABLE {qualified(table)} IS '{rows:d} rows'"


def remembered_rows(table: TableName) -> str:
    """Select how many rows an unlogged table should hold, and whether it holds none.

    A crash takes all rows or none. Parameters: table, as quoted text.
    """
    return (
        "SELECT split_part(obj_description(to_regclass(%(table)s), 'pg_class'), ' ', 1)::bigint "
        f"AS remembered,\n  NOT EXISTS (SELECT 1 FROM {qualified(table)}) AS is_empty"
    )


def drop(table: TableName) -> str:
    """Drop a table where it exists."""
    return f"DROP TABLE IF EXISTS {qualified(table)}"


def count_with_null_keys(table: TableName, keys: Sequence[str]) -> str:
    """Count the rows of a staging table and, per key column, find the first row where it is NULL."""
    nulls = ", ".join(f"MIN({quote(ROW_NUMBER_COLUMN)}) FILTER (WHERE {quote(key)} IS NULL)" for key in keys)
    return f"SELECT COUNT(*), {nulls} FROM {qualified(table)}"


def dedupe(target: Target, table: TableName) -> str:
    """Leave one row per key: the newest stamp (NULL oldest), then the row read last; count the others.

    Only keys, stamps and places are sorted, and only surplus rows are touched.
    """
    stamp = target.last_update_column
    newest = f"{quote(stamp)} DESC NULLS LAST, " if stamp else ""
    return (
        f"WITH surplus AS (\n  DELETE FROM {qualified(table)} WHERE ctid = ANY (ARRAY(\n"
        "    SELECT place FROM (\n"
        f"      SELECT ctid AS place, ROW_NUMBER() OVER (PARTITION BY {names(target.keys)} "
        f"ORDER BY {newest}{quote(ROW_NUMBER_COLUMN)} DESC) AS rank_of_row\n"
        f"      FROM {qualified(table)}\n"
        "    ) AS ranked WHERE rank_of_row > 1\n  )) RETURNING 1\n)\n"
        "SELECT COUNT(*) AS surplus_rows FROM surplus"
    )


def _same_key(keys: Sequence[str]) -> str:
    return " AND ".join(f"t.{quote(key)} = s.{quote(key)}" for key in keys)


def _comparable(alias: str, column: Column) -> str:
    """Return an expression that tells any two different values apart.

    A column's own collation may take 'bolt' for 'Bolt', and the change would never arrive.
    """
    text = f"{alias}.{quote(column.name)}"
    if column.sql_type in _WITHOUT_EQUALITY:
        return f"{text}::text"
    return f'{text} COLLATE "C"' if column.collation else text


def _differs(columns: Sequence[Column]) -> str:
    mine = ", ".join(_comparable("t", column) for column in columns)
    theirs = ", ".join(_comparable("s", column) for column in columns)
    return f"ROW({mine}) IS DISTINCT FROM ROW({theirs})"


def count_new(target: Target, staging: TableName) -> str:
    """Count the staged rows, those whose key the target does not hold, and the pairs with the target.

    More pairs and new rows than staged rows mean that the target holds a key more than once.
    """
    return (
        "SELECT COUNT(*) AS joined_rows, COUNT(*) FILTER (WHERE t.ctid IS NULL) AS new_rows,\n"
        f"  (SELECT COUNT(*) FROM {qualified(staging)}) AS staged_rows\n"
        f"FROM {qualified(staging)} AS s\n"
        f"LEFT JOIN {qualified(target.table)} AS t ON {_same_key(target.keys)}"
    )


def insert_all(target: Target, load: TableName, columns: Sequence[Column]) -> str:
    """Insert every row of a load into a target that holds none."""
    every = names([column.name for column in columns])
    return f"INSERT INTO {qualified(target.table)} ({every})\nSELECT {every} FROM {qualified(load)}"


def is_empty(table: TableName) -> str:
    """Select whether a table holds no row."""
    return f"SELECT NOT EXISTS (SELECT 1 FROM {qualified(table)}) AS is_empty"


def merge(target: Target, staging: TableName, columns: Sequence[Column], *, newer_only: bool) -> str:
    """Update differing rows and insert new ones.

    :param columns: the staging table's columns
    :param newer_only: leave out rows whose stamp is older than the target's, NULL being the oldest; a
        target's stamp that lies in the future is a slip of the source, and no reason to leave a row out
    """
    data = [column for column in columns if column.name not in target.keys]
    statement = (
        f"MERGE INTO {qualified(target.table)} AS t\nUSING {qualified(staging)} AS s\n"
        f"ON {_same_key(target.keys)}\n"
    )
    if data:
        newer = _newer(target.last_update_column, data) if newer_only else ""
        settings = ", ".join(f"{quote(column.name)} = s.{quote(column.name)}" for column in data)
        statement += f"WHEN MATCHED AND {newer}{_differs(data)}\n  THEN UPDATE SET {settings}\n"
    every = [column.name for column in columns]
    return statement + (f"WHEN NOT MATCHED\n  THEN INSERT ({names(every)})\n  VALUES ({names(every, 's.')})")


def _newer(stamp: str | None, data: Sequence[Column]) -> str:
    """Return the condition that the target's row is no newer, with AND; empty where rows have no stamp."""
    if stamp is None:
        return ""
    instants = [column.name for column in data if str(column.arrow_type).startswith("timestamp")]
    mine, its = f"t.{quote(stamp)}", f"s.{quote(stamp)}"
    slip = f" OR {mine} > CURRENT_TIMESTAMP" if stamp in instants else ""
    return f"({mine} IS NULL OR {its} >= {mine}{slip}) AND "


def delete_missing(target: Target, load: TableName) -> str:
    """Delete the target's rows whose key the load does not hold."""
    return (
        f"DELETE FROM {qualified(target.table)} AS t\n"
        f"WHERE NOT EXISTS (SELECT 1 FROM {qualified(load)} AS s WHERE {_same_key(target.keys)})"
    )


def index_keys(target: Target, load: TableName) -> str:
    """Index a load table by the keys, for the joins that follow."""
    return f"CREATE UNIQUE INDEX ON {qualified(load)} ({names(target.keys)})"


def lock_for_writing(table: TableName) -> str:
    """Keep other writers out until the transaction ends; readers go on."""
    return f"LOCK TABLE {qualified(table)} IN SHARE ROW EXCLUSIVE MODE"


def loaded_batch(log_schema: str) -> str:
    """Select what is recorded of one staging table. Parameters: name."""
    return (
        'SELECT "Staged", "Inserted", "Updated", "Unchanged", "Deleted" '
        f'FROM {quote(log_schema)}."LoadedBatch" WHERE "StagingTable" = %(name)s'
    )


def record_batch(log_schema: str) -> str:
    """Record that a staging table is loaded. Parameters: name and the counts."""
    return (
        f'INSERT INTO {quote(log_schema)}."LoadedBatch" '
        '("StagingTable", "LoadedDT", "Staged", "Inserted", "Updated", "Unchanged", "Deleted") VALUES '
        "(%(name)s, now(), %(staged)s, %(inserted)s, %(updated)s, %(unchanged)s, %(deleted)s)"
    )


def current_load(log_schema: str) -> str:
    """Select a table's current truncate load and hold it until the transaction ends.

    Parameters by position: schema, name.
    """
    return (
        f'SELECT "OperationId" FROM {quote(log_schema)}."TableLoad" '
        'WHERE "TableSchema" = $1 AND "TableName" = $2 FOR SHARE'
    )


def record_copy(log_schema: str) -> str:
    """Record that a batch is copied in. Parameters by position: marker, rows."""
    return (
        f'INSERT INTO {quote(log_schema)}."LoadedBatch" '
        '("StagingTable", "LoadedDT", "Staged", "Inserted", "Updated", "Unchanged", "Deleted") '
        "VALUES ($1, now(), $2, $2, 0, 0, 0)"
    )


def lock_holder() -> str:
    """Select who holds an advisory lock. Parameters: key."""
    return (
        "SELECT a.pid, a.application_name AS application, a.backend_start AS since\n"
        "FROM pg_locks AS l JOIN pg_stat_activity AS a ON a.pid = l.pid\n"
        "WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1\n"
        "  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())\n"
        "  AND (l.classid::bigint << 32) | l.objid::bigint = %(key)s"
    )


def forget_batches(log_schema: str) -> str:
    """Forget the recorded batches of one truncate load. Parameters: prefix."""
    return f'DELETE FROM {quote(log_schema)}."LoadedBatch" WHERE starts_with("StagingTable", %(prefix)s)'


def begin_truncate_load(log_schema: str) -> str:
    """Make an operation the table's current load. Parameters: schema, name, operation."""
    return (
        f'INSERT INTO {quote(log_schema)}."TableLoad" '
        '("TableSchema", "TableName", "OperationId", "StartedDT") '
        "VALUES (%(schema)s, %(name)s, %(operation)s, now()) "
        'ON CONFLICT ("TableSchema", "TableName") '
        'DO UPDATE SET "OperationId" = excluded."OperationId", "StartedDT" = excluded."StartedDT"'
    )


def secondary_indexes() -> str:
    """Select the table's indexes that no constraint needs and that guard no uniqueness.

    Parameters: table, as quoted text.
    """
    return (
        "SELECT c.relname AS name, pg_get_indexdef(i.indexrelid) AS definition\n"
        "FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid\n"
        "WHERE i.indrelid = to_regclass(%(table)s) AND NOT i.indisunique AND NOT i.indisreplident\n"
        "AND NOT EXISTS (SELECT 1 FROM pg_constraint AS k WHERE k.conindid = i.indexrelid)\n"
        "ORDER BY c.relname"
    )


def remember_index(log_schema: str) -> str:
    """Remember a dropped index. Parameters: schema, name, index, definition."""
    return (
        f'INSERT INTO {quote(log_schema)}."DisabledIndex" '
        '("TableSchema", "TableName", "IndexName", "Definition", "DisabledDT") '
        "VALUES (%(schema)s, %(name)s, %(index)s, %(definition)s, now()) "
        'ON CONFLICT ("TableSchema", "TableName", "IndexName") DO UPDATE '
        'SET "Definition" = excluded."Definition", "DisabledDT" = excluded."DisabledDT"'
    )


def remembered_indexes(log_schema: str) -> str:
    """Select the remembered indexes of a table. Parameters: schema, name."""
    return (
        'SELECT "IndexName" AS name, "Definition" AS definition '
        f'FROM {quote(log_schema)}."DisabledIndex" '
        'WHERE "TableSchema" = %(schema)s AND "TableName" = %(name)s ORDER BY "IndexName" FOR UPDATE'
    )


def forget_index(log_schema: str) -> str:
    """Forget a remembered index. Parameters: schema, name, index."""
    return (
        f'DELETE FROM {quote(log_schema)}."DisabledIndex" '
        'WHERE "TableSchema" = %(schema)s AND "TableName" = %(name)s AND "IndexName" = %(index)s'
    )


def columns_of() -> str:
    """Select the columns of a table. Parameters: table, as quoted text."""
    return (
        "SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS sql_type,\n"
        "  COALESCE(b.typname, t.typname) AS type_name, COALESCE(b.typtype, t.typtype) = 'e' AS is_enum,\n"
        "  CASE WHEN b.oid IS NULL THEN a.atttypmod ELSE t.typtypmod END AS modifier,\n"
        "  NOT a.attnotnull AS nullable, a.attgenerated <> '' AS generated,\n"
        "  a.attidentity AS identity, a.atthasdef OR a.attidentity <> '' AS has_default,\n"
        "  CASE WHEN a.attcollation <> t.typcollation\n"
        "    THEN quote_ident(n.nspname) || '.' || quote_ident(l.collname) END AS collation\n"
        "FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid\n"
        "LEFT JOIN pg_type AS b ON b.oid = t.typbasetype\n"
        "LEFT JOIN pg_collation AS l ON l.oid = a.attcollation\n"
        "LEFT JOIN pg_namespace AS n ON n.oid = l.collnamespace\n"
        "WHERE a.attrelid = to_regclass(%(table)s) AND a.attnum > 0 AND NOT a.attisdropped\n"
        "ORDER BY a.attnum"
    )


def staging_tables() -> str:
    """Select the tables of the staging schema by prefix. Parameters: schema, prefix."""
    return (
        "SELECT c.relname AS name FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace\n"
        "WHERE n.nspname = %(schema)s AND c.relkind = 'r' AND starts_with(c.relname, %(prefix)s)\n"
        "ORDER BY c.relname"
    )
