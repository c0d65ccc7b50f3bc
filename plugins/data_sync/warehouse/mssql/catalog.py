"""The queries on SQL Server's catalog. They show what the login owns or may alter, and need no more."""

from __future__ import annotations


def columns_of() -> str:
    """Select the columns of a table or view. Parameters: schema, name, and table, as quoted text."""
    return (
        "SELECT i.COLUMN_NAME AS name,\n"
        "  COALESCE(TYPE_NAME(c.system_type_id), TYPE_NAME(c.user_type_id)) AS type_name,\n"
        "  c.max_length, c.[precision], c.scale, c.collation_name AS collation, c.is_nullable AS nullable,\n"
        "  CASE WHEN c.is_identity = 1 THEN 1 ELSE 0 END AS is_identity,\n"
        "  CASE WHEN c.is_computed = 1 OR c.generated_always_type <> 0 THEN 1 ELSE 0 END AS is_computed,\n"
        "  CASE WHEN c.default_object_id <> 0 OR c.is_identity = 1 THEN 1 ELSE 0 END AS has_default\n"
        "FROM sys.columns AS c JOIN INFORMATION_SCHEMA.COLUMNS AS i ON i.COLUMN_NAME = c.name\n"
        "WHERE c.object_id = OBJECT_ID(%(table)s)\n"
        "  AND i.TABLE_SCHEMA = %(schema)s AND i.TABLE_NAME = %(name)s\n"
        "ORDER BY c.column_id"
    )


def identity() -> str:
    """Select what an object is, and when it was created. Parameters: table, as quoted text."""
    return (
        "SELECT o.object_id, o.create_date, o.type AS kind,\n"
        "  CASE WHEN t.is_memory_optimized = 1 THEN 1 ELSE 0 END AS is_memory_optimized\n"
        "FROM sys.objects AS o LEFT JOIN sys.tables AS t ON t.object_id = o.object_id\n"
        "WHERE o.object_id = OBJECT_ID(%(table)s)"
    )


def schema_exists() -> str:
    """Select whether a schema exists. Parameters: name."""
    return "SELECT COUNT(*) AS found FROM sys.schemas WHERE name = %(name)s"


def staging_tables() -> str:
    """Select the names of the tables of a schema. Parameters: schema."""
    return (
        "SELECT TABLE_NAME AS name FROM INFORMATION_SCHEMA.TABLES\n"
        "WHERE TABLE_SCHEMA = %(schema)s AND TABLE_TYPE = 'BASE TABLE'"
    )


def secondary_indexes() -> str:
    """Select the enabled indexes that no constraint needs and that guard no uniqueness.

    Disabling a clustered index would make the table unreadable, a unique one would let duplicates in.
    Parameters: table, as quoted text.
    """
    return (
        "SELECT i.name FROM sys.indexes AS i\n"
        "WHERE i.object_id = OBJECT_ID(%(table)s) AND i.type_desc = 'NONCLUSTERED'\n"
        "  AND i.is_primary_key = 0 AND i.is_unique_constraint = 0 AND i.is_unique = 0\n"
        "  AND i.is_disabled = 0 AND i.is_hypothetical = 0\n"
        "ORDER BY i.name"
    )


def index_exists() -> str:
    """Select whether a table has an index. Parameters: table, as quoted text, and index."""
    return (
        "SELECT COUNT(*) AS found FROM sys.indexes AS i\n"
        "WHERE i.object_id = OBJECT_ID(%(table)s) AND i.name = %(index)s"
    )


def indexes() -> str:
    """Select a table's heap or indexes, a row for each of their columns.

    Parameters: table, as quoted text.
    """
    return (
        "SELECT i.index_id, i.name, i.type, i.is_unique, i.is_primary_key, i.is_unique_constraint,\n"
        "  i.filter_definition, c.name AS column_name, k.is_descending_key, k.is_included_column,\n"
        "  p.data_compression_desc AS compression, d.name AS filegroup, l.name AS lob_filegroup\n"
        "FROM sys.indexes AS i\n"
        "JOIN sys.tables AS t ON t.object_id = i.object_id\n"
        "JOIN sys.data_spaces AS d ON d.data_space_id = i.data_space_id\n"
        "JOIN sys.partitions AS p ON p.object_id = i.object_id AND p.index_id = i.index_id\n"
        "LEFT JOIN sys.data_spaces AS l ON l.data_space_id = t.lob_data_space_id\n"
        "LEFT JOIN sys.index_columns AS k ON k.object_id = i.object_id AND k.index_id = i.index_id\n"
        "LEFT JOIN sys.columns AS c ON c.object_id = k.object_id AND c.column_id = k.column_id\n"
        "WHERE i.object_id = OBJECT_ID(%(table)s) AND i.is_hypothetical = 0\n"
        "ORDER BY i.index_id, k.is_included_column, k.key_ordinal, k.index_column_id"
    )


def check_constraints() -> str:
    """Select the definitions of a table's check constraints. Parameters: table, as quoted text."""
    return (
        "SELECT k.name, k.[definition] FROM sys.check_constraints AS k\n"
        "WHERE k.parent_object_id = OBJECT_ID(%(table)s) ORDER BY k.name"
    )


_OBSTACLES = {
    "a foreign key leads from it or to it": (
        "SELECT 1 FROM sys.foreign_keys AS f\n"
        "    WHERE f.parent_object_id = t.object_id OR f.referenced_object_id = t.object_id"
    ),
    "it has triggers, which SWITCH would not fire": (
        "SELECT 1 FROM sys.triggers AS g WHERE g.parent_id = t.object_id AND g.is_disabled = 0"
    ),
    "it is replicated or tracked": (
        "SELECT 1 FROM sys.tables AS r WHERE r.object_id = t.object_id\n"
        "    AND (r.is_replicated = 1 OR r.is_published = 1 OR r.is_merge_published = 1\n"
        "      OR r.is_tracked_by_cdc = 1)\n"
        "    UNION ALL SELECT 1 FROM sys.change_tracking_tables AS h WHERE h.object_id = t.object_id"
    ),
    "it is temporal, memory-optimised or a FileTable": (
        "SELECT 1 FROM sys.tables AS m WHERE m.object_id = t.object_id\n"
        "    AND (m.temporal_type <> 0 OR m.is_memory_optimized = 1 OR m.is_filetable = 1)"
    ),
    "its rows are stored in an unusual way": (
        "SELECT 1 FROM sys.tables AS u WHERE u.object_id = t.object_id\n"
        "    AND (u.uses_ansi_nulls = 0 OR u.large_value_types_out_of_row = 1 OR u.text_in_row_limit <> 0)"
    ),
    "it has a full-text index": "SELECT 1 FROM sys.fulltext_indexes AS x WHERE x.object_id = t.object_id",
    "it is partitioned": (
        "SELECT 1 FROM sys.indexes AS n JOIN sys.data_spaces AS e ON e.data_space_id = n.data_space_id\n"
        "    WHERE n.object_id = t.object_id AND e.type <> 'FG'"
    ),
    "it has an index that is disabled or neither clustered nor nonclustered": (
        "SELECT 1 FROM sys.indexes AS o WHERE o.object_id = t.object_id AND o.is_hypothetical = 0\n"
        "    AND (o.type > 2 OR o.is_disabled = 1 OR o.ignore_dup_key = 1)"
    ),
    "the definition of a filtered index or a check constraint may not be read": (
        "SELECT 1 FROM sys.indexes AS q WHERE q.object_id = t.object_id\n"
        "    AND q.has_filter = 1 AND q.filter_definition IS NULL\n"
        "    UNION ALL SELECT 1 FROM sys.check_constraints AS y\n"
        "    WHERE y.parent_object_id = t.object_id AND y.[definition] IS NULL"
    ),
    "it has a column that is sparse, masked, encrypted, a ROWGUIDCOL or of an alias type": (
        "SELECT 1 FROM sys.columns AS c WHERE c.object_id = t.object_id\n"
        "    AND (c.is_sparse = 1 OR c.is_masked = 1 OR c.encryption_type IS NOT NULL\n"
        "      OR c.is_rowguidcol = 1 OR c.is_filestream = 1 OR c.rule_object_id <> 0\n"
        "      OR c.user_type_id <> c.system_type_id)"
    ),
    "a check constraint is disabled or not trusted": (
        "SELECT 1 FROM sys.check_constraints AS k\n"
        "    WHERE k.parent_object_id = t.object_id AND (k.is_disabled = 1 OR k.is_not_trusted = 1)"
    ),
    "a security policy filters it": (
        "SELECT 1 FROM sys.security_predicates AS w WHERE w.target_object_id = t.object_id"
    ),
}


def switch_obstacles() -> str:
    """Select why the contents of a table cannot be switched; no row means that the server may be asked to.

    The rules, taken a little stricter than the server does, but for indexed views, which only members of
    db_owner can look for; there the server refuses, and says so:
    https://learn.microsoft.com/previous-versions/sql/sql-server-2008-r2/ms191160(v=sql.105)
    Parameters: table, as quoted text.
    """
    return "\nUNION ALL\n".join(
        f"SELECT '{reason}' AS reason FROM sys.tables AS t\n"
        f"WHERE t.object_id = OBJECT_ID(%(table)s) AND EXISTS (\n    {query})"
        for reason, query in _OBSTACLES.items()
    )
