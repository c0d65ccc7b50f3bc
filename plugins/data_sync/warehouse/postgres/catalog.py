"""The queries on PostgreSQL's catalog."""

from __future__ import annotations


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


def identity() -> str:
    """Select what a table is: its oid, which no other table ever has, its kind, and whether rows are hidden.

    Parameters: table, as quoted text.
    """
    return (
        "SELECT c.oid::text AS identity, c.relkind::text AS kind, row_security_active(c.oid) AS is_filtered\n"
        "FROM pg_class AS c WHERE c.oid = to_regclass(%(table)s)"
    )


def has_unique_keys() -> str:
    """Select whether a unique index holds the keys, so that the table cannot hold one of them twice.

    Parameters: table, as quoted text, and keys, an array of names.
    """
    return (
        "SELECT COUNT(*) > 0 AS found FROM pg_index AS i\n"
        "WHERE i.indrelid = to_regclass(%(table)s) AND i.indisunique AND i.indisvalid\n"
        "  AND i.indpred IS NULL AND i.indexprs IS NULL AND i.indnkeyatts = i.indnatts\n"
        "  AND (SELECT array_agg(a.attname::text) FROM pg_attribute AS a\n"
        "    WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)) <@ %(keys)s::text[]"
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


def staging_tables() -> str:
    """Select the tables of the staging schema by prefix. Parameters: schema, prefix."""
    return (
        "SELECT c.relname AS name FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace\n"
        "WHERE n.nspname = %(schema)s AND c.relkind = 'r' AND starts_with(c.relname, %(prefix)s)\n"
        "ORDER BY c.relname"
    )


def schema_exists() -> str:
    """Select whether a schema exists. Parameters: name."""
    return "SELECT COUNT(*) AS found FROM pg_catalog.pg_namespace WHERE nspname = %(name)s"
